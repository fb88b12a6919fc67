// Revocation: certificates that name no server to ask are taken as not revoked, as in the reference
// implementation. Servers are not asked in this version.

import type { SignedContent } from '../envelope/verify-integrity.ts'
import { quoteGo } from '../go-text.ts'
import { namesRevocationServer } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'
import { checkTrustAnchor } from './authenticity.ts'
import { type Finding, failed, unsupported } from './outcome.ts'
import type { VerificationContext } from './verification-context.ts'

/**
 * Checks that no certificate below the root was revoked.
 *
 * Where no trust store vouches for the chain the servers are whoever's made it: they are not to be
 * asked, and an enforced check fails.
 *
 * @see trust-store-trust-policy.md §Certificate Revocation Evaluation
 */
export function checkRevocation(
  content: SignedContent,
  context: VerificationContext,
): Finding | undefined {
  const named = content.chain.slice(0, -1).find(namesRevocationServer)
  if (named === undefined) return undefined
  const subject = quoteGo(formatName(named.subject))
  if (checkTrustAnchor(content, context) === undefined)
    return unsupported(
      `Cannot check revocation of certificate ${subject}: it names OCSP or CRL servers, which this version does not ask; let the trust policy statement override revocation with "log" or "skip"`,
    )
  const isEnforced = context.statement.signatureVerification.level.actions.revocation === 'enforce'
  return {
    ...failed(
      'chain-untrusted',
      `revocation of certificate ${subject} is not checked: no trust store vouches for its chain`,
    ),
    result: isEnforced ? 'failed' : 'notChecked',
  }
}
