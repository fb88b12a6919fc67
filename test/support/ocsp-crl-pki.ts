// The chains that revocation cases are about, and the form of a case.

import type { RevocationPurpose } from '../../shared/revocation/check-revocation.ts'
import { PURPOSE } from '../../shared/x509/extensions.ts'
import {
  type CertificateOptions,
  type IssuedCertificate,
  issueCa,
  issueCertificate,
  issueLeaf,
} from './certificates.ts'
import type { ServerAnswer } from './ocsp-servers.ts'

/** A chain, what its servers answer, and what is to be found. */
export interface RevocationCase {
  readonly name: string
  readonly purpose?: RevocationPurpose
  /** Leaf first. */
  readonly chain: readonly IssuedCertificate[]
  readonly signingTime?: Date
  /** By URL, or by its beginning; whole bodies only. */
  readonly answers: Readonly<Record<string, ServerAnswer & { readonly body?: Uint8Array }>>
  readonly status: 'ok' | 'revoked' | 'unknown'
  /** Of each server of the leaf that was tried; without any there are servers, but no errors. */
  readonly errors?: readonly (string | undefined)[]
  /** Why the reference finds another status, where it does. */
  readonly difference?: string
  /** True where the reference has other words, as those of Go's parser, and `errors` are parts of ours. */
  readonly isInOtherWords?: boolean
  /** True where the reference panics. */
  readonly breaksReference?: boolean
}

/** Where leaves of cases say that they are asked about. */
export const OCSP_URL = 'http://ocsp.example.com'
export const OCSP_URL_2 = 'http://ocsp2.example.com'
export const CRL_URL = 'http://crl.example.com/ca.crl'
export const CRL_URL_2 = 'http://crl.example.com/other.crl'
export const DELTA_URL = 'http://crl.example.com/delta.crl'
export const DELTA_URL_2 = 'http://crl.example.com/delta-2.crl'

/** One root and its CAs, with the leaves that a case needs. */
export interface Pki {
  readonly root: IssuedCertificate
  readonly ca: IssuedCertificate
  /** Of the CA's name, with another key. */
  readonly impostor: IssuedCertificate
  /** RSA, for PSS and SHA-1. */
  readonly rsaCa: IssuedCertificate
  readonly edCa: IssuedCertificate
  /** May not sign CRLs. */
  readonly caWithoutCrlSign: IssuedCertificate
  /** A chain of three below a CA of the PKI, by default `ca`. */
  chainOf(leaf: CertificateOptions, ca?: IssuedCertificate): readonly IssuedCertificate[]
  /** An OCSP signer that the CA issued. */
  delegate(options?: CertificateOptions, issuer?: IssuedCertificate): IssuedCertificate
}

/** Makes new keys for all but RSA. */
export function createPki(): Pki {
  const root = issueCa()
  const named = (commonName: string, more: CertificateOptions = {}) => ({
    subject: [
      ['C', 'US'],
      ['O', 'Test CA'],
      ['CN', commonName],
    ] as const,
    basicConstraints: { ca: true, pathLength: 0 },
    ...more,
  })
  const ca = issueCa(named('Test Issuing CA'), root)
  return {
    root,
    ca,
    impostor: issueCa(named('Test Issuing CA'), root),
    rsaCa: issueCa(named('Test RSA CA', { key: 'rsa-2048-ca' }), root),
    edCa: issueCa(named('Test Ed25519 CA', { key: 'Ed25519' }), root),
    caWithoutCrlSign: issueCa(named('Test Bare CA', { keyUsage: ['keyCertSign'] }), root),
    chainOf: (leaf, issuer = ca) => [issueLeaf(leaf, issuer), issuer, root],
    delegate: (options = {}, issuer = ca) =>
      issueCertificate(
        {
          subject: [['CN', 'Test OCSP Signer']],
          keyUsage: ['digitalSignature'],
          extendedKeyUsage: [PURPOSE.ocspSigning],
          // The reference lets no clock be passed in.
          notBefore: new Date('2020-01-01T00:00:00Z'),
          notAfter: new Date('2049-01-01T00:00:00Z'),
          ...options,
        },
        issuer,
      ),
  }
}
