// Revocation: no certificate of the chain was revoked, as far as the servers tell that the certificates name.

import type { SignedContent } from '../envelope/verify-integrity.ts'
import { quoteGo } from '../go-text.ts'
import type { ChainRevocation } from '../revocation/check-revocation.ts'
import { describeRevocation } from '../revocation/revocation-notices.ts'
import { namesRevocationServer } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'
import { checkTrustAnchor } from './authenticity.ts'
import { type Finding, failed, unsupported } from './outcome.ts'
import type { VerificationContext } from './verification-context.ts'

/**
 * Checks that no certificate below the root was revoked. Those that name no server to ask are taken as not
 * revoked, as in the reference implementation.
 *
 * Where no trust store vouches for the chain the servers are whoever's made it: they are not asked, also where
 * that failure is only logged, and an enforced check fails.
 *
 * @see trust-store-trust-policy.md §Certificate Revocation Evaluation
 */
export async function checkRevocation(
  content: SignedContent,
  context: VerificationContext,
): Promise<Finding | undefined> {
  const { chain, attributes } = content
  const named = chain.slice(0, -1).find(namesRevocationServer)
  if (named === undefined) return undefined
  const subject = quoteGo(formatName(named.subject))
  if (checkTrustAnchor(content, context) !== undefined) return untrusted(subject, context)
  if (context.revocation === undefined)
    return unsupported(
      `Cannot check revocation of certificate ${subject}: it names OCSP or CRL servers, and none are asked here; let the trust policy statement override revocation with "log" or "skip"`,
    )
  const { authenticSigningTime: signingTime } = attributes
  const isOfAuthority = attributes.signingScheme === 'notary.x509.signingAuthority'
  return findingOf(
    await context.revocation.check({
      chain,
      purpose: 'codeSigning',
      ...(isOfAuthority && signingTime !== undefined ? { signingTime } : {}),
    }),
  )
}

/** What a chain's status means for the check that asked for it. */
export function findingOf(revocation: ChainRevocation): Finding | undefined {
  const { status, message = '' } = revocation
  if (status === 'ok') return undefined
  const details = describeRevocation(revocation).map((notice) => notice.message)
  return {
    ...failed(status === 'revoked' ? 'certificate-revoked' : 'revocation-unknown', message),
    ...(details.length === 0 ? {} : { details }),
  }
}

function untrusted(subject: string, { statement }: VerificationContext): Finding {
  const isEnforced = statement.signatureVerification.level.actions.revocation === 'enforce'
  return {
    ...failed(
      'chain-untrusted',
      `revocation of certificate ${subject} is not checked: no trust store vouches for its chain`,
    ),
    result: isEnforced ? 'failed' : 'notChecked',
  }
}
