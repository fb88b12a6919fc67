// Counts requests to Software Trust Manager, where they are carried: beside the signatures that were made, they say
// what one costs.

import type { StmTransport } from '../../shared/stm/transport.ts'
import type { Metrics } from './metrics.ts'

/** As shared/stm asks for a signature: the rest looks something up. */
const SIGN_PATH = /\/sign$/

/** A transport whose requests are counted; without metrics the transport itself. */
export function countStmRequests(
  transport: StmTransport,
  metrics: Metrics | undefined,
): StmTransport {
  if (metrics === undefined) return transport
  return async (request) => {
    const outcome = await transport(request)
    const kind = SIGN_PATH.test(new URL(request.url).pathname) ? 'sign' : 'lookup'
    const status = outcome.kind === 'answer' ? String(outcome.status) : outcome.error.code
    metrics.count('stm_notary_stm_requests_total', { kind, status })
    return outcome
  }
}
