// Expiry: the moment that the signer set for the signature to end.

import type { SignedContent } from '../envelope/verify-integrity.ts'
import { quoteGo } from '../go-text.ts'
import { type Finding, failed } from './outcome.ts'
import { formatInstant, type VerificationContext } from './verification-context.ts'

/**
 * Checks that the signature has not expired.
 *
 * The moment of expiry itself is too late, as in the reference implementation and in
 * trust-store-trust-policy.md §Signature Verification details; §Steps says "greater".
 */
export function checkExpiry(
  { attributes: { expiry } }: SignedContent,
  { now }: VerificationContext,
): Finding | undefined {
  if (expiry === undefined || now < expiry) return undefined
  return failed(
    'signature-expired',
    `digital signature has expired on ${quoteGo(formatInstant(expiry))}`,
  )
}
