// The audit log: one line for each request to an operation, whether it succeeds, is refused or fails.

import type { ErrorCode } from '../shared/errors.ts'

/** What was asked for. `sign-by-rule` is for signatures that no request asked for; `error` is
 * for requests that reach no operation. */
export type AuditEvent =
  | 'describe-key'
  | 'generate-signature'
  | 'sign'
  | 'verify'
  | 'verify-blob'
  | 'inspect'
  | 'signatures'
  | 'events'
  | 'signing-status'
  | 'signing-jobs'
  | 'replay-signing-job'
  | 'explain-rules'
  | 'sweep'
  | 'show-sweep'
  | 'sign-by-rule'
  | 'error'

/** What the request was about, as far as it is known: `keyId`, `repository`, `artifactDigest` and the like. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | undefined>>

/** A state in which a rule's profile comes to rest without a signature, in lower case. */
export type RestingState = 'waiting' | 'held' | 'superseded'

/** A line of the audit log: who did what to which artifact with which key, and how it ended. It holds no secret. */
export type AuditEntry = AuditDetails & {
  readonly event: AuditEvent
  /** Name of the caller; undefined for anonymous ones, and where nobody was authenticated. */
  readonly caller: string | undefined
  /** `done`: the request was answered with 200; else why not. What rules do not sign for a reason has a state. */
  readonly outcome: 'done' | RestingState | ErrorCode
}
