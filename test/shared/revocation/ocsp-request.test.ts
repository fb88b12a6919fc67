import { describe, expect, test } from 'vitest'
import { encodeBase64 } from '../../../shared/base64.ts'
import { encodeOcspRequest, ocspHttpRequest } from '../../../shared/revocation/ocsp-request.ts'
import { webSha1 } from '../../../shared/revocation/sha1.ts'
import { buildChain, issueLeaf } from '../../support/certificates.ts'
import { nodeSha1 } from '../../support/ocsp-servers.ts'

const SHORT = new Uint8Array(30).fill(0xfb)

describe('ocsp-request', () => {
  test('encodeOcspRequest() makes the same with WebCrypto', async () => {
    const { issued } = buildChain()
    const [leaf, issuer] = issued.map(({ certificate }) => certificate)
    if (leaf === undefined || issuer === undefined) throw new Error('no chain')
    expect(await encodeOcspRequest(leaf, issuer, webSha1)).toEqual(
      await encodeOcspRequest(leaf, issuer, nodeSha1),
    )
  })

  test.each([
    ['http://a.example.com', 'http://a.example.com/'],
    ['http://a.example.com/', 'http://a.example.com/'],
    ['http://a.example.com/ocsp', 'http://a.example.com/ocsp/'],
    ['http://a.example.com/ocsp/', 'http://a.example.com/ocsp/'],
  ])('ocspHttpRequest() puts a short request behind %s', (server, start) => {
    const { method, url, body } = ocspHttpRequest(new URL(server), SHORT)
    const escaped = `${'%2B%2Fv7'.repeat(10)}`
    expect([method, url.href, body]).toEqual(['GET', `${start}${escaped}`, undefined])
    expect(decodeURIComponent(escaped)).toBe(encodeBase64(SHORT))
  })

  test('ocspHttpRequest() keeps the query of the server', () => {
    const { url } = ocspHttpRequest(new URL('http://a.example.com/o?x=1'), Uint8Array.of(1))
    expect(url.href).toBe('http://a.example.com/o/AQ%3D%3D?x=1')
  })

  test.each([
    // 186 bytes make 248 characters and 189 make 252, all of which stand for themselves.
    ['GET', 189, 0],
    ['POST', 190, 0],
    // 252 characters of base64, three more for each one that is escaped.
    ['GET', 188, 0],
    ['POST', 189, 0xff],
  ])('ocspHttpRequest() chooses %s for %d bytes of %d', (method, length, byte) => {
    const request = new Uint8Array(length).fill(byte)
    const made = ocspHttpRequest(new URL('http://a.example.com/o'), request)
    expect(made.method).toBe(method)
    if (method === 'POST')
      expect(made).toEqual({
        method,
        url: new URL('http://a.example.com/o'),
        body: request,
        contentType: 'application/ocsp-request',
      })
  })

  test('encodeOcspRequest() keeps the serial number as it is in the certificate', async () => {
    const issuer = issueLeaf()
    const serialNumber = Uint8Array.of(0xff, 0xee)
    const { certificate } = issueLeaf({ serialNumber }, issuer)
    const request = await encodeOcspRequest(certificate, issuer.certificate, nodeSha1)
    expect(request.subarray(-5)).toEqual(Uint8Array.of(2, 3, 0, 0xff, 0xee))
  })
})
