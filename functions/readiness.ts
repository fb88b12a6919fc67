// Whether what the API depends on answers: registries and Software Trust Manager. It is asked at most so often,
// whoever wants to know.

import type { Configuration } from './configuration.ts'
import { READINESS_MAX_AGE_MS, READINESS_TIMEOUT_MS } from './limits.ts'
import type { Signing } from './signing/signing.ts'
import { readFinding } from './sweep/sweep-run.ts'

/** What is asked, by the name that an operator knows it by. */
interface Dependency {
  readonly name: string
  /** Any answer but a server error is one. */
  readonly ask: (timeoutMs: number) => Promise<{ readonly status: number }>
}

/** What was found. */
export interface Readiness {
  readonly status: 'ready' | 'unavailable'
  /** `stm`, `registry HOST` or `queue`: what does not answer. */
  readonly failing: readonly string[]
  /** `rule NAME`: what the last sweep could not go through. It takes nothing away from callers and events. */
  readonly degraded: readonly string[]
}

/** The last finding, which outlives requests. */
export interface ReadinessCache {
  found?: { readonly at: number; readonly readiness: Readiness }
}

/** What asking needs; see Deps. */
export interface ReadinessDeps {
  readonly configuration: Pick<Configuration, 'registries'>
  readonly reachSigner: ((timeoutMs: number) => Promise<{ readonly status: number }>) | undefined
  readonly readinessCache: ReadinessCache
  readonly signing?: Signing | undefined
  readonly fetch: typeof fetch
  readonly now: () => Date
}

/** Asks everything at once, or gives what was found less than READINESS_MAX_AGE_MS ago. */
export async function checkReadiness(deps: ReadinessDeps): Promise<Readiness> {
  const { readinessCache: cache, now } = deps
  const at = now().getTime()
  const known = cache.found
  if (known !== undefined && at >= known.at && at - known.at < READINESS_MAX_AGE_MS)
    return known.readiness
  const outcomes = await Promise.all(dependenciesOf(deps).map(failureOf))
  const degraded = await findFaultyRules(deps.signing)
  const failing = [
    ...outcomes.filter((name) => name !== undefined),
    ...(degraded === undefined ? ['queue'] : []),
  ]
  const status = failing.length === 0 ? 'ready' : 'unavailable'
  const readiness = { status, failing, degraded: degraded ?? [] } as const
  cache.found = { at, readiness }
  return readiness
}

/** As the last sweep that ended found them; undefined where the queue does not answer. */
async function findFaultyRules(
  signing: Signing | undefined,
): Promise<readonly string[] | undefined> {
  if (signing === undefined) return []
  try {
    const finding = await readFinding(signing.engine)
    return finding?.faultyRules.map((rule) => `rule ${rule}`) ?? []
  } catch {
    return undefined
  }
}

function dependenciesOf({
  configuration,
  fetch,
  reachSigner,
}: ReadinessDeps): readonly Dependency[] {
  const registries = [...configuration.registries.values()].map(({ host, plainHttp }) => ({
    name: `registry ${host}`,
    ask: (timeoutMs: number) =>
      fetch(`${plainHttp ? 'http' : 'https'}://${originHost(host)}/v2/`, {
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      }),
  }))
  return reachSigner === undefined ? registries : [...registries, { name: 'stm', ask: reachSigner }]
}

/** Docker Hub's references name another host than its registry's. */
function originHost(host: string): string {
  return host === 'docker.io' ? 'registry-1.docker.io' : host
}

/** Its name where it does not answer. */
async function failureOf({ name, ask }: Dependency): Promise<string | undefined> {
  try {
    const { status } = await ask(READINESS_TIMEOUT_MS)
    return status < 500 ? undefined : name
  } catch {
    return name
  }
}
