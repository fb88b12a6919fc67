// The route of a request as traces show it: of a path that may hold a secret or a sender's own text, what stands in
// our table.

import { PROBLEMS } from '../../openapi/problems.ts'

const PREFIX = '/v1/'
const EVENTS = 'events'

/** Routes that probes ask for every few seconds, and whose traces nobody reads. */
const PROBES: readonly string[] = ['/livez', '/readyz']

/** Whether the path is a probe's. */
export function isProbe(path: string): boolean {
  return PROBES.includes(path)
}

/** `/v1/verify`, `/v1/events/{source}`; undefined for what is no operation. */
export function routeOf(path: string): string | undefined {
  if (!path.startsWith(PREFIX)) return undefined
  const [operation = '', ...more] = path.slice(PREFIX.length).split('/')
  if (operation === EVENTS) return more.length === 0 ? undefined : `${PREFIX}${EVENTS}/{source}`
  return more.length === 0 && Object.hasOwn(PROBLEMS, operation) ? PREFIX + operation : undefined
}
