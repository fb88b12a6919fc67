// What stays of a profile whose signing failed: for rules the reason, as their task tries again; for a caller who has
// the reason already as little as nobody needs to clear away.

import type { NotationError } from '../../shared/errors.ts'
import { type Entry, entryOf, saveEntry, type Work, withoutReason } from './profile-work.ts'
import type { LookProblem, ProfileState, SigningState } from './subject-state.ts'

/** States of rules that a caller's failure does not touch: a task goes on with them, a sweep, or nobody should. */
const OF_RULES: readonly SigningState[] = ['PENDING', 'SIGNING', 'WAITING', 'HELD', 'SUPERSEDED']

/**
 * Stores what a failure leaves.
 *
 * @param before - the entry as it was stored before
 * @throws {NotationError} `queue-unavailable`
 */
export async function keepFailure(
  work: Work,
  before: ProfileState | undefined,
  { code, message }: NotationError,
): Promise<void> {
  const entry = withoutReason(entryOf(work))
  // No step towards another signature was stored: what stands is not undone because it could not be looked at.
  if (entry.state === 'COMPLETE') return keepProblem(work, { code, message })
  if (work.order.rules.length > 0) return saveEntry(work, { ...entry, code, message })
  if (before !== undefined && before.rules.length > 0 && OF_RULES.includes(before.state))
    return saveEntry(work, { ...entry, ...reasonOf(before), state: before.state })
  if (isWorthKeeping(entry)) return saveEntry(work, { ...entry, state: 'FAILED', code, message })
  return work.record.removeProfile(work.order.id)
}

/** The caller has the reason; for rules it stands beside the profiles. */
async function keepProblem({ order, record }: Work, problem: LookProblem): Promise<void> {
  if (order.rules.length > 0) await record.setProblem(problem)
}

function reasonOf({ code, message }: ProfileState): Pick<Entry, 'code' | 'message'> {
  if (code === undefined || message === undefined) return {}
  return { code, message }
}

/** Rules want it, a signature is paid for and not pushed yet, or one was pushed that is not found now. */
function isWorthKeeping({ rules, progress, manifestDigest }: Entry): boolean {
  return rules.length > 0 || progress?.signature !== undefined || manifestDigest !== undefined
}
