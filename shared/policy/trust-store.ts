// Trust stores: certificates that vouch for others, and which certificates each kind of store takes.
// Where they come from is left to trust-bundle.ts and notation-folder.ts.

import type { Crypto } from '../crypto.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { type Certificate, isSelfIssued, parseCertificate } from '../x509/certificate.ts'
import { checkCertificateSignature } from '../x509/certificate-signature.ts'
import { formatName } from '../x509/name.ts'
import type { TrustStoreName } from './store-name.ts'

/** Go's CheckSignatureFrom on a certificate that may not issue others. */
const NOT_AN_ISSUER =
  'x509: invalid signature: parent certificate cannot sign this kind of certificate'

/**
 * Reads the certificates of a store and applies the rules of its kind.
 *
 * Every certificate is a CA's or signed by itself; in a `tsa` store each is a self-signed root.
 *
 * @param store - named in each message
 * @param certificates - DER
 * @throws {NotationError} `trust-store-invalid`
 * @see trust-store-trust-policy.md §Trust Store; notation-go v1.3.2 verifier/truststore
 */
export async function parseTrustStore(
  store: TrustStoreName,
  certificates: readonly Uint8Array[],
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  if (certificates.length === 0)
    throw invalidStore(
      `no x509 certificates were found in trust store ${quoteGo(store.name)} of type ${quoteGo(store.type)}`,
    )
  const parsed: Certificate[] = []
  for (const [index, der] of certificates.entries()) {
    const place = placeInStore(`#${index + 1}`, store)
    const certificate = readTrusted(() => parseCertificate(der), place)
    const problem = await checkTrustworthy(certificate, crypto)
    if (problem !== undefined)
      throw invalidStore(`failed to validate the trusted certificate ${place}: ${problem}`)
    const rootProblem = store.type === 'tsa' ? await checkRoot(certificate, crypto) : undefined
    if (rootProblem !== undefined)
      throw invalidStore(`trusted certificate ${place} is invalid: ${rootProblem}`)
    parsed.push(certificate)
  }
  return parsed
}

/** What a reader of certificates returns; what it throws is told of the store. */
export function readTrusted<T>(read: () => T, place: string): T {
  try {
    return read()
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw invalidStore(`failed to read the trusted certificate ${place}: ${cause.message}`, cause)
  }
}

/** `<certificate> in trust store <name> of type <type>`, as the reference implementation says it. */
export function placeInStore(certificate: string, { type, name }: TrustStoreName): string {
  return `${certificate} in trust store ${name} of type ${type}`
}

/** A store whose content cannot be trusted. */
export function invalidStore(message: string, cause?: unknown): NotationError {
  return new NotationError('trust-store-invalid', message, { cause })
}

async function checkTrustworthy(
  certificate: Certificate,
  crypto: Crypto,
): Promise<string | undefined> {
  if (certificate.basicConstraints?.ca === true) return undefined
  if ((await checkCertificateSignature(certificate, certificate, crypto)) === undefined)
    return undefined
  return `certificate with subject ${subjectOf(certificate)} is not a CA certificate or self-signed signing certificate`
}

async function checkRoot(certificate: Certificate, crypto: Crypto): Promise<string | undefined> {
  const reason = mayIssue(certificate)
    ? await checkCertificateSignature(certificate, certificate, crypto)
    : NOT_AN_ISSUER
  if (reason !== undefined)
    return `certificate with subject ${subjectOf(certificate)} is not a root CA certificate: ${reason}`
  if (isSelfIssued(certificate)) return undefined
  return `certificate with subject ${subjectOf(certificate)} is not a root CA certificate: issuer (${formatName(certificate.issuer)}) and subject (${formatName(certificate.subject)}) are not the same`
}

function mayIssue({ version, basicConstraints, keyUsage }: Certificate): boolean {
  const isAuthority = basicConstraints === undefined ? version < 3 : basicConstraints.ca
  return isAuthority && (keyUsage === undefined || keyUsage.usages.includes('keyCertSign'))
}

function subjectOf(certificate: Certificate): string {
  return quoteGo(formatName(certificate.subject))
}
