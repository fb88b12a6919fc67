// What an operation of the API is given: the request, who sent it, and the world.

import type { Caller } from './callers.ts'
import type { Deps } from './deps.ts'

/** One request and its surroundings. */
export interface Exchange {
  readonly request: Request
  /** Undefined for anonymous callers. */
  readonly caller: Caller | undefined
  readonly deps: Deps
}
