// A transport with a line in the log for each exchange: no headers, no bodies.

import type { StmTransport } from '../shared/stm/transport.ts'
import type { Log } from './log.ts'

/** @param elapsedMs - a clock that never goes back */
export function logged(exchange: StmTransport, log: Log, elapsedMs: () => number): StmTransport {
  return async (request) => {
    const start = elapsedMs()
    const outcome = await exchange(request)
    const took = `${Math.round(elapsedMs() - start)} ms`
    const what = `${request.method} ${request.url}`
    if (outcome.kind === 'answer') log.write('DEBUG', `${what}: ${outcome.status} in ${took}`)
    else log.write('DEBUG', `${what}: ${outcome.error.message} after ${took}`)
    return outcome
  }
}
