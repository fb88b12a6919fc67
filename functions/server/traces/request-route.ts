// The route of a request as traces show it: of a path that may hold a secret or a sender's own text, what stands in
// our table.

import { pathOf } from '../../openapi/described-operations.ts'
import { type OperationName, PROBLEMS } from '../../openapi/problems.ts'

/** `{name}` stands for any segment. */
const PARAMETER = /^\{.+\}$/
const EVENTS = pathOf('events')
/** The segment behind a source is its secret: of such a path, the same is shown as without. */
const EVENTS_WITH_SECRET = `${EVENTS}/{secret}`
const ROUTES: readonly string[] = [
  ...(Object.keys(PROBLEMS) as OperationName[]).map(pathOf),
  EVENTS_WITH_SECRET,
]
/** Probes ask for these every few seconds, and nobody reads their traces. */
const PROBES: readonly string[] = ['/livez', '/readyz']

/** Whether the path is a probe's. */
export function isProbe(path: string): boolean {
  return PROBES.includes(path)
}

/** `/v1/verify`, `/v1/events/{source}`; undefined for what is no operation. */
export function routeOf(path: string): string | undefined {
  const route = ROUTES.find((candidate) => matches(path, candidate))
  return route === EVENTS_WITH_SECRET ? EVENTS : route
}

function matches(path: string, route: string): boolean {
  const segments = path.split('/')
  const wanted = route.split('/')
  return (
    segments.length === wanted.length &&
    wanted.every((segment, index) => PARAMETER.test(segment) || segment === segments[index])
  )
}
