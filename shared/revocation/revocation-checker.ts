// The revocation check as verifications take it: bound to the world once, with a round for each verification.

import {
  type ChainRevocation,
  checkChainRevocation,
  type RevocationDependencies,
  type RevocationSubject,
} from './check-revocation.ts'
import { createRevocationRound } from './revocation-round.ts'

/** Checks the chains of one verification: its signatures', and those of their timestamps. */
export interface RevocationChecker {
  /** See checkChainRevocation. */
  readonly check: (subject: RevocationSubject) => Promise<ChainRevocation>
}

/** Makes a checker for one verification, whose chains share the limits and what was asked already. */
export function createRevocationChecker(
  dependencies: Omit<RevocationDependencies, 'round'>,
): RevocationChecker {
  const shared = { ...dependencies, round: createRevocationRound() }
  return { check: (subject) => checkChainRevocation(subject, shared) }
}
