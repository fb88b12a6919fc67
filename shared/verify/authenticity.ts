// Authenticity: a trust store of the statement holds a certificate of the chain, and the leaf's subject
// is a trusted identity.

import type { SignedContent } from '../envelope/verify-integrity.ts'
import { checkTrustedIdentity } from '../policy/identity.ts'
import type { TrustStoreType } from '../policy/store-name.ts'
import { isSameCertificate } from '../x509/certificate.ts'
import { type Finding, failed } from './outcome.ts'
import { trustedCertificates, type VerificationContext } from './verification-context.ts'

/** Which stores vouch for which signing scheme (trust-store-trust-policy.md §Trust Store). */
const STORE_TYPES = {
  'notary.x509': 'ca',
  'notary.x509.signingAuthority': 'signingAuthority',
} as const satisfies Record<SignedContent['attributes']['signingScheme'], TrustStoreType>

/**
 * Checks who signed.
 *
 * @see trust-store-trust-policy.md §Steps, "Validate Authenticity" and "Validate Trusted Identities"
 */
export function checkAuthenticity(
  content: SignedContent,
  context: VerificationContext,
): Finding | undefined {
  const untrusted = checkTrustAnchor(content, context)
  if (untrusted !== undefined) return untrusted
  const { chain, keySpec } = content
  context.chains?.keep({ chain, keySpec })
  return checkSubject(content, context)
}

/**
 * Checks that a trust store vouches for the chain: any of its certificates, whichever place it has,
 * equals any of a store's byte for byte.
 */
export function checkTrustAnchor(
  { chain, attributes }: SignedContent,
  context: VerificationContext,
): Finding | undefined {
  const trusted = trustedCertificates(STORE_TYPES[attributes.signingScheme], context)
  if ('result' in trusted) return trusted
  if (trusted.length === 0)
    return failed('chain-untrusted', 'no trusted certificates are found to verify authenticity')
  const isAnchored = chain.some((certificate) =>
    trusted.some((anchor) => isSameCertificate(certificate, anchor)),
  )
  if (isAnchored) return undefined
  return failed(
    'chain-untrusted',
    "the signature's certificate chain does not contain any trusted certificate",
  )
}

function checkSubject(
  { chain: [leaf] }: SignedContent,
  { statement }: VerificationContext,
): Finding | undefined {
  // Integrity takes no chain without a leaf.
  if (leaf === undefined) return failed('chain-invalid', 'there is no signing certificate')
  const problem = checkTrustedIdentity(statement.trustedIdentities, leaf.subject, statement.name)
  return problem === undefined ? undefined : failed('identity-mismatch', problem)
}
