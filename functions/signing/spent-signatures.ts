// What sign requests may have cost: which failures may hide a signature that was made, and when no more are sent.

import type { ErrorCode, NotationError } from '../../shared/errors.ts'
import { MAX_LOST_SIGN_REQUESTS } from '../limits.ts'

/** Requests that Software Trust Manager took, or may have taken, for one profile of one artifact. */
export interface Spending {
  /** All that may have cost a signature, in whatever life of the profile. */
  readonly requests: number
  /** Those since the last signature that was received: each may have been paid for, for nothing. */
  readonly lost: number
}

/** Before the first request. */
export const NOTHING_SPENT: Spending = { requests: 0, lost: 0 }

/** Of a sign request: what is not in it is known to have come before any signature, as 429, 503 and no connection. */
const MAY_HIDE_A_SIGNATURE: ReadonlySet<ErrorCode> = new Set([
  // It was sent, and no answer came, or one of a gateway.
  'signature-unaccounted',
  // An answer came, and held no signature of this key over these bytes.
  'signer-answer-invalid',
  // What was not foreseen is not known to have cost nothing.
  'internal',
])

/** Whether a sign request that failed like this may have cost a signature. */
export function mayHaveSpent({ code }: NotationError): boolean {
  return MAY_HIDE_A_SIGNATURE.has(code)
}

/** With one more request, of which nothing has come back yet. */
export function spendOne({ requests, lost }: Spending = NOTHING_SPENT): Spending {
  return { requests: requests + 1, lost: lost + 1 }
}

/** With the signature of the last request received. */
export function receiveOne({ requests }: Spending = NOTHING_SPENT): Spending {
  return { requests, lost: 0 }
}

/** Whether so many requests in a row may have been paid for, for nothing, that somebody has to look first. */
export function isSpentInVain({ lost }: Spending = NOTHING_SPENT): boolean {
  return lost >= MAX_LOST_SIGN_REQUESTS
}
