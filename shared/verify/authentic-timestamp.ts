// Authentic timestamp: the certificates of the chain were valid when the signature was made, as far as
// a trusted clock tells: a timestamp authority's, the signing authority's, or ours, now.

import type { SignedContent } from '../envelope/verify-integrity.ts'
import { isNotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { type VerifiedTimestamp, verifyTimestampToken } from '../timestamp/verify-token.ts'
import { type Certificate, namesRevocationServer } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'
import { type Finding, failed, unsupported } from './outcome.ts'
import { findingOf } from './revocation.ts'
import {
  formatInstant,
  trustedCertificates,
  type VerificationContext,
} from './verification-context.ts'

/**
 * Checks that the chain was valid when it signed.
 *
 * @see trust-store-trust-policy.md §Steps, "Validate Authentic Timestamp"
 */
export function checkAuthenticTimestamp(
  content: SignedContent,
  context: VerificationContext,
): Promise<Finding | undefined> | Finding | undefined {
  if (content.attributes.signingScheme === 'notary.x509.signingAuthority')
    return checkAuthenticSigningTime(content)
  if (!needsTimestamp(content, context)) return checkValidNow(content.chain, context.now)
  return checkTimestamp(content, context)
}

/** The statement has a `tsa` store, and verifies timestamps always or because a certificate has expired. */
function needsTimestamp(
  { chain }: SignedContent,
  { statement, now }: VerificationContext,
): boolean {
  if (!statement.trustStores.some(({ type }) => type === 'tsa')) return false
  if (statement.signatureVerification.verifyTimestamp === 'always') return true
  return chain.some(({ notAfter }) => now > notAfter)
}

function checkValidNow(chain: readonly Certificate[], now: Date): Finding | undefined {
  for (const certificate of chain) {
    const { notBefore, notAfter } = certificate
    if (now < notBefore)
      return failed(
        'certificate-not-valid',
        `verification time is before certificate ${subjectOf(certificate)} validity period, it will be valid from ${instant(notBefore)}`,
      )
    if (now > notAfter)
      return failed(
        'certificate-not-valid',
        `verification time is after certificate ${subjectOf(certificate)} validity period, it was expired at ${instant(notAfter)}`,
      )
  }
  return undefined
}

function checkAuthenticSigningTime({ chain, attributes }: SignedContent): Finding | undefined {
  const at = attributes.authenticSigningTime
  // The envelope readers refuse this scheme without its time.
  if (at === undefined) return failed('time-outside-validity', 'no authentic signing time is given')
  const outside = chain.find(({ notBefore, notAfter }) => at < notBefore || at > notAfter)
  if (outside === undefined) return undefined
  return failed(
    'time-outside-validity',
    `certificate ${subjectOf(outside)} was not valid when the digital signature was produced at ${instant(at)}`,
  )
}

async function checkTimestamp(
  { timestampToken, signature, chain }: SignedContent,
  context: VerificationContext,
): Promise<Finding | undefined> {
  if (timestampToken === undefined)
    return failed(
      'timestamp-missing',
      'no timestamp countersignature was found in the signature envelope',
    )
  const roots = trustedCertificates('tsa', context)
  if ('result' in roots)
    return failed(roots.code, `failed to load tsa trust store with error: ${roots.message}`)
  try {
    const timestamp = await verifyTimestampToken(timestampToken, signature, roots, context.crypto)
    return checkBounds(timestamp, chain) ?? (await checkAuthorityRevocation(timestamp, context))
  } catch (error) {
    if (!isNotationError(error, 'timestamp-invalid')) throw error
    return failed(
      'timestamp-invalid',
      `failed to verify the timestamp countersignature with error: ${error.message}`,
    )
  }
}

/** The whole interval lies within the validity of every certificate of the signing chain. */
function checkBounds(
  { earliest, latest }: VerifiedTimestamp,
  chain: readonly Certificate[],
): Finding | undefined {
  for (const certificate of chain) {
    const { notBefore, notAfter } = certificate
    if (earliest < notBefore)
      return failed(
        'time-outside-validity',
        `timestamp can be before certificate ${subjectOf(certificate)} validity period, it will be valid from ${instant(notBefore)}`,
      )
    if (latest > notAfter)
      return failed(
        'time-outside-validity',
        `timestamp can be after certificate ${subjectOf(certificate)} validity period, it was expired at ${instant(notAfter)}`,
      )
  }
  return undefined
}

/** A timestamp authority's revocation belongs to this check, whatever the statement says of revocation. */
async function checkAuthorityRevocation(
  { chain }: VerifiedTimestamp,
  { revocation }: VerificationContext,
): Promise<Finding | undefined> {
  const named = chain.slice(0, -1).find(namesRevocationServer)
  if (named === undefined) return undefined
  // The path ends in a root of a tsa store: its servers are of somebody we trust.
  if (revocation !== undefined)
    return findingOf(await revocation.check({ chain, purpose: 'timestamping' }))
  return unsupported(
    `Cannot check revocation of timestamping certificate ${subjectOf(named)}: it names OCSP or CRL servers, and none are asked here; let the trust policy statement override authenticTimestamp with "log", or use a timestamp authority whose certificates name none`,
  )
}

function subjectOf(certificate: Certificate): string {
  return quoteGo(formatName(certificate.subject))
}

function instant(at: Date): string {
  return quoteGo(formatInstant(at))
}
