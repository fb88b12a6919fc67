// The revocation status of a chain: each certificate below the root by OCSP, then by CRL, as the
// reference implementation decides it. Whether a chain is trusted is decided before: the servers are
// whoever's made it.

import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { quoteGo } from '../go-text.ts'
import { type Certificate, namesRevocationServer } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'
import { type CrlDependencies, checkCrl } from './check-crl.ts'
import { checkOcsp, type OcspDependencies } from './check-ocsp.ts'
import type { OcspSubject } from './check-ocsp-response.ts'
import type { RevocationStatus, ServerStatus } from './server-status.ts'
import type { Sha1 } from './sha1.ts'

/** What a chain signs, which the messages name. */
export type RevocationPurpose = 'codeSigning' | 'timestamping'

/** How a certificate's status was found; undefined where no server was asked. */
export type RevocationMethod = 'OCSP' | 'CRL' | 'OCSPFallbackCRL'

/** The status of one certificate. */
export interface CertificateRevocation {
  /** As Go prints it. */
  readonly subject: string
  readonly status: RevocationStatus
  readonly method: RevocationMethod | undefined
  /** Every server that was tried, in order. */
  readonly servers: readonly ServerStatus[]
}

/** The status of a chain. */
export interface ChainRevocation {
  readonly status: 'ok' | 'revoked' | 'unknown'
  /** In the reference's words; undefined where the status is ok. */
  readonly message?: string
  /** In the order of the chain, the root included. */
  readonly certificates: readonly CertificateRevocation[]
}

/** What is checked. */
export interface RevocationSubject {
  /**
   * Leaf first, root last. Has passed verifyCodeSigningChain or verifyTimestampingChain, and a trust
   * store vouches for it.
   */
  readonly chain: readonly Certificate[]
  readonly purpose: RevocationPurpose
  /**
   * The signing time of the scheme `notary.x509.signingAuthority`; undefined under `notary.x509`, also
   * where there is a timestamp: revoked then is revoked, whatever the invalidity date.
   */
  readonly signingTime?: Date
}

/** What it takes from the world. The limits of `round` hold for all chains of one verification together. */
export interface RevocationDependencies extends OcspDependencies, CrlDependencies {
  readonly now: Date
  readonly crypto: Crypto
  readonly sha1: Sha1
}

const SIGNERS = {
  codeSigning: 'signing certificate',
  timestamping: 'timestamping certificate',
} as const satisfies Record<RevocationPurpose, string>

/**
 * Checks that no certificate of a chain was revoked; all are asked about at once.
 *
 * A server that cannot be reached, or answers nonsense, makes the status unknown.
 *
 * @throws {RangeError} for a chain of no certificates, which is a mistake in the program
 * @see trust-store-trust-policy.md §Certificate Revocation Evaluation; notation-core-go v1.3.0, revocation
 */
export async function checkChainRevocation(
  { chain, purpose, signingTime }: RevocationSubject,
  dependencies: RevocationDependencies,
): Promise<ChainRevocation> {
  if (chain.length === 0) throw new RangeError('a chain has a certificate')
  const certificates = await Promise.all(
    chain.map((certificate, index) => {
      const issuer = chain[index + 1]
      return issuer === undefined || !namesRevocationServer(certificate)
        ? notAsked(certificate)
        : checkOnce({ ...dependencies, certificate, issuer, signingTime }, dependencies)
    }),
  )
  return { ...summarize(certificates, purpose), certificates }
}

/** Signatures of one verification mostly share their chain. */
function checkOnce(
  subject: OcspSubject,
  dependencies: RevocationDependencies,
): Promise<CertificateRevocation> {
  const { certificate, issuer, signingTime } = subject
  const names = [toHex(certificate.raw), toHex(issuer.raw), signingTime?.toISOString()]
  return dependencies.round.once(names.join(' '), () => checkCertificate(subject, dependencies))
}

async function checkCertificate(
  subject: OcspSubject,
  dependencies: RevocationDependencies,
): Promise<CertificateRevocation> {
  const { certificate } = subject
  const name = formatName(certificate.subject)
  const hasCrl = certificate.crlUrls.length > 0 || certificate.hasOtherCrlSource
  const ocsp = certificate.ocspUrls.length > 0 ? await checkOcsp(subject, dependencies) : []
  const ocspStatus = ocsp.at(-1)?.status
  if (ocspStatus !== undefined && (ocspStatus !== 'unknown' || !hasCrl))
    return { subject: name, status: ocspStatus, method: 'OCSP', servers: ocsp }
  const crl = await checkCrl(subject, dependencies)
  const method = ocspStatus === undefined ? 'CRL' : 'OCSPFallbackCRL'
  const status = crl.at(-1)?.status ?? 'unknown'
  return { subject: name, status, method, servers: [...ocsp, ...crl] }
}

function notAsked({ subject }: Certificate): CertificateRevocation {
  return {
    subject: formatName(subject),
    status: 'nonRevokable',
    method: undefined,
    servers: [],
  }
}

/** Revoked before unknown; of several the one nearest to the leaf is named. */
function summarize(
  certificates: readonly CertificateRevocation[],
  purpose: RevocationPurpose,
): Pick<ChainRevocation, 'status' | 'message'> {
  const revoked = certificates.find(({ status }) => status === 'revoked')
  if (revoked !== undefined)
    return {
      status: 'revoked',
      message: `${SIGNERS[purpose]} with subject ${quoteGo(revoked.subject)} is revoked`,
    }
  const unknown = certificates.find(({ status }) => status === 'unknown')
  if (unknown !== undefined)
    return {
      status: 'unknown',
      message: `${SIGNERS[purpose]} with subject ${quoteGo(unknown.subject)} revocation status is unknown`,
    }
  return { status: 'ok' }
}
