import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../../shared/base64.ts'
import { checkOcspResponse } from '../../../shared/revocation/check-ocsp-response.ts'
import { parseCrl } from '../../../shared/revocation/crl.ts'
import { type VerifiedCrlBundle, verifyCrlBundle } from '../../../shared/revocation/crl-bundle.ts'
import { crlStatusOf } from '../../../shared/revocation/crl-status.ts'
import { encodeOcspRequest } from '../../../shared/revocation/ocsp-request.ts'
import { parseOcspResponse } from '../../../shared/revocation/ocsp-response.ts'
import { type Certificate, parseCertificate } from '../../../shared/x509/certificate.ts'
import { AT } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { nodeSha1 } from '../../support/ocsp-servers.ts'

/** As test/vectors/revocation/generate.sh writes it. */
interface Vectors {
  readonly certificates: Readonly<Record<string, string>>
  readonly crls: Readonly<Record<string, string>>
  readonly responses: readonly {
    readonly name: string
    readonly certificate: string
    readonly request: string
    readonly response: string
  }[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/revocation/openssl.json', import.meta.url), 'utf8'),
) as Vectors

describe('openssl', () => {
  test.each(vectors.responses)(
    'encodeOcspRequest() makes the request of openssl: $name',
    async ({ certificate, request }) => {
      const ours = await encodeOcspRequest(
        certificateOf(certificate),
        certificateOf('ca'),
        nodeSha1,
      )
      expect(ours).toEqual(decodeBase64(request))
    },
  )

  test.each(vectors.responses)(
    'checkOcspResponse() finds what openssl answered: $name',
    async ({ name, certificate, response }) => {
      const answer = parseOcspResponse(decodeBase64(response))
      if (answer.kind === 'refusal') throw new Error('refused')
      const verdict = await checkOcspResponse(answer.response, {
        certificate: certificateOf(certificate),
        issuer: certificateOf('ca'),
        now: AT,
        signingTime: undefined,
        crypto: nodeCrypto,
        sha1: nodeSha1,
      })
      expect(verdict).toEqual({ kind: 'status', status: /^\w+/.exec(name)?.[0] })
    },
  )

  test.each([
    ['empty', 'good', 'ok'],
    ['empty', 'compromised', 'ok'],
    ['full', 'good', 'ok'],
    ['full', 'compromised', 'revoked'],
    ['full', 'held', 'revoked'],
    ['full', 'misused', 'revoked'],
    ['point', 'good', 'ok'],
    ['point', 'held', 'revoked'],
  ])('crlStatusOf() finds in the CRL %s of openssl that %s is %s', async (crl, name, status) => {
    const bundle = await bundleOf(crl)
    expect(crlStatusOf(certificateOf(name).serialNumber, bundle, undefined)).toEqual({
      kind: 'status',
      status,
    })
  })

  test('crlStatusOf() compares a signing time with the invalidity date of openssl', async () => {
    const bundle = await bundleOf('full')
    const { serialNumber } = certificateOf('misused')
    const before = crlStatusOf(serialNumber, bundle, new Date('2029-12-31T23:59:59Z'))
    const after = crlStatusOf(serialNumber, bundle, new Date('2030-01-01T00:00:00Z'))
    expect([before, after]).toEqual([
      { kind: 'status', status: 'ok' },
      { kind: 'status', status: 'revoked' },
    ])
  })

  test('verifyCrlBundle() takes the delta CRL of openssl', async () => {
    const { base } = await bundleOf('fresh', 'delta')
    expect(base.freshestCrlUrls).toEqual(['http://crl.example.com/delta.crl'])
  })
})

async function bundleOf(base: string, delta?: string): Promise<VerifiedCrlBundle> {
  const bundle = { base: crlOf(base), delta: delta === undefined ? undefined : crlOf(delta) }
  const verified = await verifyCrlBundle(bundle, certificateOf('ca'), AT, nodeCrypto)
  if (typeof verified === 'string') throw new Error(verified)
  return verified
}

function certificateOf(name: string): Certificate {
  return parseCertificate(decodeBase64(vectors.certificates[name] ?? ''))
}

function crlOf(name: string) {
  return parseCrl(decodeBase64(vectors.crls[name] ?? ''))
}
