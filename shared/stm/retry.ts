// Which exchanges with Software Trust Manager are repeated, when, and how long they may take in all.
// notation repeats nothing, whatever error code a plugin gives.

import type { Crypto } from '../crypto.ts'
import { isNotationError } from '../errors.ts'
import { MAX_STM_ATTEMPTS } from '../limits.ts'
import type { StmAnswer, StmFailure, StmRequest, StmTransport } from './transport.ts'

/** What time and chance are here. */
export interface RetryDeps {
  readonly transport: StmTransport
  readonly now: () => Date
  readonly sleep: (milliseconds: number) => Promise<void>
  readonly randomBytes: Crypto['randomBytes']
}

/** How long one call, and all of them together, may take. */
export interface TimeLimits {
  readonly callTimeoutMs: number
  readonly deadline: Date
}

/** Doubles with every try; the last of five waits 1.6 s. */
const FIRST_BACKOFF_MS = 200
/** Added at random to a wait that the service asked for, so that parallel jobs do not come back at once. */
const RETRY_AFTER_SPREAD_MS = 250

/**
 * Exchanges a request, repeating it while that can help and is safe.
 *
 * A read is repeated after a failed connection, a timeout, 429 and any 5xx. A sign request only when it
 * certainly did not leave, and after 429 and 503: once it was sent, a signature may have been spent.
 *
 * @returns the last outcome, whatever it is
 */
export async function exchangeWithRetries(
  request: Omit<StmRequest, 'timeoutMs'>,
  limits: TimeLimits,
  deps: RetryDeps,
): Promise<StmAnswer | StmFailure> {
  for (let attempt = 1; ; attempt++) {
    const timeoutMs = Math.max(1, Math.min(limits.callTimeoutMs, remainingMs(limits, deps)))
    const outcome = await deps.transport({ ...request, timeoutMs })
    const mayRepeat = request.method === 'POST' ? mayRepeatSign(outcome) : mayRepeatRead(outcome)
    if (!mayRepeat || attempt === MAX_STM_ATTEMPTS) return outcome
    const delayMs = delayAfter(outcome, attempt, deps)
    if (delayMs >= remainingMs(limits, deps)) return outcome
    await deps.sleep(delayMs)
  }
}

/**
 * Seconds that an answer's Retry-After asks to wait: a number, or the time until an HTTP date (RFC 9110 §10.2.3).
 *
 * @returns at least 0; undefined without the header, or when it is neither
 */
export function retryAfterSeconds(answer: StmAnswer, now: Date): number | undefined {
  const text = answer.headers['retry-after']?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const at = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000))
}

function mayRepeatRead(outcome: StmAnswer | StmFailure): boolean {
  if (outcome.kind === 'failure') return isPassing(outcome)
  return outcome.status === 429 || outcome.status >= 500
}

function mayRepeatSign(outcome: StmAnswer | StmFailure): boolean {
  if (outcome.kind === 'failure') return !outcome.sent && isPassing(outcome)
  return outcome.status === 429 || outcome.status === 503
}

function isPassing(failure: StmFailure): boolean {
  return isNotationError(failure.error, 'signer-unavailable', 'signer-timeout')
}

function delayAfter(outcome: StmAnswer | StmFailure, attempt: number, deps: RetryDeps): number {
  const [random = 0] = deps.randomBytes(1)
  const chance = random / 256
  const asked = outcome.kind === 'answer' ? retryAfterSeconds(outcome, deps.now()) : undefined
  if (asked !== undefined) return asked * 1000 + chance * RETRY_AFTER_SPREAD_MS
  const backoffMs = FIRST_BACKOFF_MS * 2 ** (attempt - 1)
  return backoffMs / 2 + (chance * backoffMs) / 2
}

function remainingMs(limits: TimeLimits, deps: RetryDeps): number {
  return limits.deadline.getTime() - deps.now().getTime()
}
