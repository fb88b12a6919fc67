import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { parseOcspRequest } from '../../emulator/ocsp-request.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { type RevocationPeer, startRevocationPeer } from './revocation-peer.ts'

describe('the OCSP responders', () => {
  let peer: RevocationPeer
  beforeAll(async () => {
    peer = await startRevocationPeer()
  })
  afterEach(async () => {
    peer.emulator.setProfile([])
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'good' })
  })
  afterAll(() => peer.close())

  const url = (issuer: string) => `${peer.emulator.revocationUrl}/ocsp/${issuer}`

  function post(body: BodyInit, issuer = 'signing-ca', type = 'application/ocsp-request') {
    return fetch(url(issuer), { method: 'POST', headers: { 'content-type': type }, body })
  }

  /** What OpenSSL says of the answer to its own request. @param hash - flag of the CertID's hash */
  async function verdictOn(
    certificate: string,
    role: string,
    issuer: string,
    hash = '-sha1',
  ): Promise<string> {
    const response = await post(peer.ocspRequest(certificate, role, hash), issuer)
    writeFileSync(join(peer.folder, 'response.der'), await response.bytes())
    const asked = [hash, '-issuer', `${role}.pem`, '-cert', `${certificate}.pem`]
    const judged = ['-no_nonce', '-respin', 'response.der', '-CAfile', 'anchors.pem', '-text']
    return peer.openssl('ocsp', ...asked, ...judged)
  }

  /** What stands in the answer to a request, in OpenSSL's words. */
  async function answerTo(request: BodyInit, issuer?: string): Promise<string> {
    return readAnswer(await post(request, issuer))
  }

  async function readAnswer(response: Response): Promise<string> {
    writeFileSync(join(peer.folder, 'response.der'), await response.bytes())
    return peer.openssl('ocsp', '-respin', 'response.der', '-noverify', '-text')
  }

  test.each([
    ['ec-p256', 'signingIntermediate', 'signing-ca'],
    ['signingIntermediate', 'signingRoot', 'signing-root'],
    ['signingCross', 'crossRoot', 'legacy-root'],
    ['tsa', 'tsaIntermediate', 'tsa-ca'],
    ['tsaIntermediate', 'tsaRoot', 'tsa-root'],
    ['tsaCross', 'crossRoot', 'legacy-root'],
  ])('OpenSSL finds %s good, by the delegate of %s', async (certificate, role, issuer) => {
    const text = await verdictOn(certificate, role, issuer)
    expect(text).toContain(`${certificate}.pem: good`)
    expect(text).toContain(
      `Subject: C=US, O=STM Emulator (tests only), CN=OCSP Responder of ${issuer}`,
    )
    expect(text).toMatch(/Extended Key Usage: \n +OCSP Signing\n +OCSP No Check/)
    expect(text).not.toContain('CRL Distribution')
  })

  test('OpenSSL finds a revoked certificate revoked, with reason and time', async () => {
    const revokedAt = '2026-01-02T03:04:05.678Z'
    const change = { state: 'revoked', reason: 'keyCompromise', revokedAt } as const
    await peer.emulator.setRevocation({ alias: 'ec-p256', ...change })
    const text = await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca')
    expect(text).toContain('ec-p256.pem: revoked')
    expect(text).toContain('Reason: keyCompromise')
    expect(text).toContain('Revocation Time: Jan  2 03:04:05 2026 GMT')
    expect(await verdictOn('ec-p384', 'signingIntermediate', 'signing-ca')).toContain('pem: good')
  })

  test('an answer for a revocation without reason and invalidity date has neither', async () => {
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'revoked' })
    const text = await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca')
    expect(text).not.toContain('Reason')
    expect(text).not.toContain('Invalidity')
  })

  test('the invalidity date stands in the answer', async () => {
    const invalidityDate = '2026-02-03T00:00:00Z'
    const change = { state: 'revoked', invalidityDate } as const
    await peer.emulator.setRevocation({ alias: 'ec-p256', ...change })
    const text = await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca')
    expect(text).toMatch(/Invalidity Date: \n +Feb {2}3 00:00:00 2026 GMT/)
  })

  test('OpenSSL finds an unknown certificate unknown', async () => {
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'unknown' })
    expect(await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca')).toContain(
      'ec-p256.pem: unknown',
    )
  })

  test('OpenSSL finds the answer for an expired state expired, and good', async () => {
    await peer.emulator.setRevocation({ alias: 'ec-p256', state: 'expired' })
    const text = await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca')
    expect(text).toMatch(/^ec-p256\.pem: WARNING: Status times invalid\.\n(.*\n)?good$/m)
  })

  test.each([
    ['of another authority', 'ec-p256', 'signingIntermediate', 'tsa-ca'],
    ['of an authority without responders', 'clientRoot', 'clientRoot', 'signing-ca'],
  ])('a certificate %s is unknown', async (_what, certificate, role, issuer) => {
    const text = await answerTo(peer.ocspRequest(certificate, role), issuer)
    expect(text).toContain('Cert Status: unknown')
  })

  test('a serial number that was never issued is unknown beside one that was', async () => {
    const asked = ['-cert', 'ec-p256.pem', '-serial', '0x1234']
    peer.openssl('ocsp', '-issuer', 'signingIntermediate.pem', ...asked, '-reqout', 'two.der')
    const text = await answerTo(new Uint8Array(readFileSync(join(peer.folder, 'two.der'))))
    expect(text.match(/Cert Status: \w+/g)?.toSorted()).toEqual([
      'Cert Status: good',
      'Cert Status: unknown',
    ])
  })

  test.each([
    ['the serial number of its own certificate under another issuer', 'tsaIntermediate', 'ec-p256'],
    ['the serial number of another’s certificate under its own name', 'signingIntermediate', 'tsa'],
  ])('%s is unknown', async (_what, role, certificate) => {
    const pem = readFileSync(join(peer.folder, `${certificate}.pem`))
    const serial = `0x${new X509Certificate(pem).serialNumber}`
    const asked = ['-issuer', `${role}.pem`, '-serial', serial]
    peer.openssl('ocsp', ...asked, '-reqout', 'other.der')
    const request = new Uint8Array(readFileSync(join(peer.folder, 'other.der')))
    expect(await answerTo(request)).toContain('Cert Status: unknown')
  })

  test('a certificate that is named by MD5 hashes is unknown', async () => {
    const request = peer.ocspRequest('ec-p256', 'signingIntermediate', '-md5')
    expect(await answerTo(request)).toContain('Cert Status: unknown')
  })

  test.each(['-sha1', '-sha256', '-sha384', '-sha512'])(
    'a certificate may be named by %s hashes of its issuer',
    async (hash) => {
      const text = await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca', hash)
      expect(text).toContain(`Hash Algorithm: ${hash.slice(1)}`)
      expect(text).toContain('ec-p256.pem: good')
    },
  )

  test.each([
    ['ocsp-by-authority', /Responder Id: [0-9A-F]{40}\n/, 0],
    ['ocsp-by-name', /Responder Id: C = US.*CN = OCSP Responder of signing-ca\n/, 1],
    ['ocsp-by-authority,ocsp-by-name', /Responder Id: C = US.*CN = Signing CA [0-9A-F]{4}\n/, 0],
  ])('under the profile %s OpenSSL verifies it too', async (profile, responder, certificates) => {
    peer.emulator.setProfile(profile)
    const text = await verdictOn('ec-p256', 'signingIntermediate', 'signing-ca')
    expect(text).toContain('ec-p256.pem: good')
    expect(text).toMatch(responder)
    expect(text.match(/BEGIN CERTIFICATE/g)?.length ?? 0).toBe(certificates)
  })

  test('the nonce comes back; without one there is none', async () => {
    const nonceIn = (text: string) => /OCSP Nonce: \n +([0-9A-F]{36})/.exec(text)?.[1]
    const request = peer.ocspRequest('ec-p256', 'signingIntermediate', '-nonce')
    const asked = nonceIn(peer.openssl('ocsp', '-reqin', 'request.der', '-req_text'))
    expect(asked).toBeDefined()
    expect(nonceIn(await answerTo(request))).toBe(asked)
    const without = peer.ocspRequest('ec-p256', 'signingIntermediate', '-no_nonce')
    expect(nonceIn(await answerTo(without))).toBeUndefined()
  })

  test.each([
    ['percent-encoded', encodeURIComponent],
    ['as base64 is', (text: string) => text],
  ])('GET takes the request in the path, %s', async (_what, encodePath) => {
    const request = peer.ocspRequest('ec-p256', 'signingIntermediate')
    const response = await fetch(`${url('signing-ca')}/${encodePath(encodeBase64(request))}`)
    expect(response.headers.get('content-type')).toBe('application/ocsp-response')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await readAnswer(response)).toContain('Cert Status: good')
    expect(peer.emulator.requests.at(-1)).toMatchObject({ operation: 'ocsp', status: 200 })
  })

  /** DER of the refusal malformedRequest. */
  const MALFORMED = Uint8Array.of(0x30, 3, 0x0a, 1, 1)

  test.each([
    ['garbage', Uint8Array.of(1, 2, 3)],
    ['nothing', new Uint8Array()],
    ['a request for no certificate', Uint8Array.of(0x30, 4, 0x30, 2, 0x30, 0)],
    ['bytes behind the request', (request: Uint8Array) => Uint8Array.of(...request, 0)],
    ['version 2', (request: Uint8Array) => withVersion2(request)],
    ['a nonce of no bytes', (request: Uint8Array) => withNonce(request, [4, 0])],
    ['a nonce of 129 bytes', (request: Uint8Array) => withNonce(request, [4, 0x81, 129, ...LONG])],
    ['a nonce that is no OCTET STRING', (request: Uint8Array) => withNonce(request, [5, 0])],
  ])('%s is refused as malformedRequest', async (_what, body) => {
    const request = peer.ocspRequest('ec-p256', 'signingIntermediate', '-no_nonce')
    const sent = typeof body === 'function' ? body(request) : body
    const response = await post(new Uint8Array(sent))
    expect(response.status).toBe(200)
    expect(await response.bytes()).toEqual(MALFORMED)
  })

  test.each(['!', 'AQID', '%', 'AQI', ''])(
    'GET of %j is refused as malformedRequest',
    async (path) => {
      const response = await fetch(`${url('signing-ca')}/${path}`)
      expect(await response.bytes()).toEqual(MALFORMED)
    },
  )

  test('another content type gets 415, another method 405, another authority 404', async () => {
    expect((await post('x', 'signing-ca', 'text/plain')).status).toBe(415)
    expect((await fetch(url('signing-ca'), { method: 'PUT', body: 'x' })).status).toBe(405)
    expect((await post('x', 'client-root')).status).toBe(404)
    expect((await post('x', 'toString')).status).toBe(404)
  })

  test('a request above 16 KiB gets 413', async () => {
    expect((await post(new Uint8Array(20_000))).status).toBe(413)
  })
})

const LONG = new Uint8Array(129)

/** OCSPRequest and TBSRequest are SEQUENCEs with lengths below 128 bytes here. */
function withVersion2(request: Uint8Array): Uint8Array {
  const version = [0xa0, 3, 2, 1, 1]
  const [, outer = 0, , inner = 0] = request
  const rest = request.subarray(4)
  return Uint8Array.of(0x30, outer + 5, 0x30, inner + 5, ...version, ...rest)
}

/** Puts a nonce extension with this value behind the request's list. */
function withNonce(request: Uint8Array, value: readonly number[]): Uint8Array {
  const wrap = (tag: number, ...content: readonly number[]) =>
    content.length < 128
      ? [tag, content.length, ...content]
      : [tag, 0x82, content.length >> 8, content.length & 0xff, ...content]
  const oid = [6, 9, 0x2b, 6, 1, 5, 5, 7, 0x30, 1, 2]
  const extensions = wrap(0xa2, ...wrap(0x30, ...wrap(0x30, ...oid, ...wrap(4, ...value))))
  return Uint8Array.from(wrap(0x30, ...wrap(0x30, ...request.subarray(4), ...extensions)))
}

describe('parseOcspRequest()', () => {
  test('refuses an empty GeneralizedTime, for which the parser throws', () => {
    expect(parseOcspRequest(Uint8Array.of(0x18, 0))).toBeUndefined()
  })

  test('reads any bytes as a request or as none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const request = parseOcspRequest(new Uint8Array(bytes))
        expect(request === undefined || request.asked.length > 0).toBe(true)
      }),
    )
  })
})
