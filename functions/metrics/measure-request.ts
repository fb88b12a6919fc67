// What a request to an operation adds to the metrics: read off its audit line, and off a clock.

import type { AuditEntry } from '../audit.ts'
import type { LabelsOf } from './declarations.ts'
import type { Metrics } from './metrics.ts'

/** Events that are no request's: see AuditEvent. */
const NO_REQUESTS: readonly string[] = ['sign-by-rule']

/** The audit log, whose lines are counted as they are written. Without metrics it is the log alone. */
export function countAuditLines(
  audit: (entry: AuditEntry) => void,
  metrics: Metrics | undefined,
): (entry: AuditEntry) => void {
  if (metrics === undefined) return audit
  return (entry) => {
    audit(entry)
    const { event: operation, outcome, verified } = entry
    if (NO_REQUESTS.includes(operation)) return
    metrics.count('stm_notary_requests_total', { operation, outcome })
    if (typeof verified !== 'boolean') return
    const verdict = verified ? 'verified' : 'rejected'
    metrics.count('stm_notary_verifications_total', { operation, verdict })
  }
}

/** Answers a request, and measures how long that takes. @param answer - does not reject */
export async function measureRequest(
  operation: LabelsOf<'stm_notary_requests_in_flight'>['operation'],
  metrics: Metrics | undefined,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  if (metrics === undefined) return answer()
  const startedAtMs = performance.now()
  const end = metrics.begin('stm_notary_requests_in_flight', { operation })
  try {
    return await answer()
  } finally {
    end()
    const seconds = (performance.now() - startedAtMs) / 1000
    metrics.observe('stm_notary_request_duration_seconds', { operation }, seconds)
  }
}
