// What becomes of a task that failed: tried again, when, and when no more.

import type { ErrorCode, NotationError } from '../../shared/errors.ts'
import { MAX_TASK_ATTEMPTS, TASK_BACKOFF_SECONDS, TASK_MAX_BACKOFF_SECONDS } from '../limits.ts'
import type { FollowUp, TaskOutcome } from './task.ts'

/** What another attempt cannot change: somebody has to change a rule, a key or a setting, and then replay. */
const PERMANENT: ReadonlySet<ErrorCode> = new Set([
  'request-invalid',
  'reference-invalid',
  'registry-not-allowed',
  'configuration-invalid',
  'policy-invalid',
  'key-unknown',
  'key-unsupported',
  'certificate-malformed',
  'chain-invalid',
  'encoding-invalid',
])

/** Whether no attempt at the same can end otherwise. */
export function isPermanent({ code }: NotationError): boolean {
  return PERMANENT.has(code)
}

/** Whether a task that failed like this is given up. */
export function isFinal(failure: NotationError, attempt: number): boolean {
  return isPermanent(failure) || attempt >= MAX_TASK_ATTEMPTS
}

/**
 * Seconds until the next attempt: twice as long each time, and not before the other side wants to be asked.
 *
 * @param attempt - that failed, 1 for the first
 */
export function delayAfter(attempt: number, { retryAfterSeconds = 0 }: NotationError): number {
  const backoff = Math.min(TASK_BACKOFF_SECONDS * 2 ** (attempt - 1), TASK_MAX_BACKOFF_SECONDS)
  return Math.max(backoff, Math.min(retryAfterSeconds, TASK_MAX_BACKOFF_SECONDS))
}

/**
 * The outcome of a failed attempt.
 *
 * @param isGivenUp - where that does not follow from failure and attempt alone
 */
export function outcomeOfFailure(
  failure: NotationError,
  attempt: number,
  followUps: readonly FollowUp[] = [],
  isGivenUp = isFinal(failure, attempt),
): TaskOutcome {
  const { code, message } = failure
  if (isGivenUp) return { kind: 'dead', code, message, followUps }
  return { kind: 'retry', code, message, delaySeconds: delayAfter(attempt, failure), followUps }
}
