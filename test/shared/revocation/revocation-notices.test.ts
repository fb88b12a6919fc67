import { describe, expect, test } from 'vitest'
import type { CertificateRevocation } from '../../../shared/revocation/check-revocation.ts'
import { describeRevocation } from '../../../shared/revocation/revocation-notices.ts'

const ROOT: CertificateRevocation = {
  subject: 'CN=Root',
  status: 'nonRevokable',
  method: undefined,
  servers: [],
}

describe('revocation-notices', () => {
  test('describeRevocation() has nothing to say of a chain that is as it should be', () => {
    const leaf: CertificateRevocation = {
      subject: 'CN=Leaf',
      status: 'ok',
      method: 'OCSP',
      servers: [{ protocol: 'OCSP', server: 'http://o', status: 'ok' }],
    }
    expect(describeRevocation({ status: 'ok', certificates: [leaf, ROOT] })).toEqual([])
  })

  test('describeRevocation() tells errors, fallbacks and what names no server, root first', () => {
    const leaf: CertificateRevocation = {
      subject: 'CN="Leaf"',
      status: 'unknown',
      method: 'OCSPFallbackCRL',
      servers: [
        { protocol: 'OCSP', server: 'http://o', status: 'unknown', error: 'expired' },
        { protocol: 'CRL', server: 'http://c', status: 'unknown', error: 'missing' },
      ],
    }
    const ca: CertificateRevocation = {
      subject: 'CN=CA',
      status: 'revoked',
      method: 'OCSP',
      servers: [{ protocol: 'OCSP', server: 'http://o', status: 'revoked', error: 'is revoked' }],
    }
    const bare = { ...ROOT, subject: 'CN=Bare' }
    expect(describeRevocation({ status: 'revoked', certificates: [leaf, ca, bare, ROOT] })).toEqual(
      [
        {
          level: 'warn',
          message:
            'Certificate #3 in the chain with subject "CN=Bare" neither has an OCSP nor a CRL revocation method.',
        },
        {
          level: 'error',
          message:
            'Certificate #2 in chain with subject "CN=CA" encountered an error for revocation method OCSP at URL "http://o": is revoked',
        },
        {
          level: 'warn',
          message:
            'OCSP check failed with unknown error and fallback to CRL check for certificate #1 in chain with subject "CN=\\"Leaf\\""',
        },
        {
          level: 'debug',
          message:
            'Certificate #1 in chain with subject "CN=\\"Leaf\\"" encountered an error for revocation method OCSP at URL "http://o": expired',
        },
        {
          level: 'error',
          message:
            'Certificate #1 in chain with subject "CN=\\"Leaf\\"" encountered an error for revocation method CRL at URL "http://c": missing',
        },
      ],
    )
  })
})
