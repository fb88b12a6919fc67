// GET /metrics, on a port of its own: who may scrape is a matter of the network, not of callers.

import { METRICS_CONTENT_TYPE, type MetricsRegistry } from '../metrics/metrics-registry.ts'
import { methodNotAllowed, problemResponse, routeUnknown } from '../problem.ts'
import type { Handler } from './listening.ts'

const PATH = '/metrics'

/** Creates what answers there. */
export function createMetricsEndpoint(metrics: MetricsRegistry): Handler {
  return async ({ method, url }) => {
    if (new URL(url).pathname !== PATH) return problemResponse(routeUnknown())
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed(PATH, 'GET, HEAD')
    const headers = { 'content-type': METRICS_CONTENT_TYPE, 'cache-control': 'no-store' }
    return new Response(method === 'HEAD' ? null : await metrics.render(), { headers })
  }
}
