// What an operation of the API is given: the request, who sent it, the world, and the audit line to fill.

import type { AuditDetails } from './audit.ts'
import type { Caller } from './callers.ts'
import type { Deps } from './deps.ts'

/** One request and its surroundings. */
export interface Exchange {
  readonly request: Request
  /** Undefined for anonymous callers. */
  readonly caller: Caller | undefined
  readonly deps: Deps
  /** Adds to the request's audit line, which is written however the request ends. */
  readonly note: (details: AuditDetails) => void
}
