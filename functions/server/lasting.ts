// What lives as long as the process, however often its files are read anew: memory that only makes things faster,
// counters, the log. Nothing here may decide on trust or access, which is what a reload changes.

import { type CrlCache, createCrlCache } from '../../shared/revocation/crl-cache.ts'
import { createChainCache } from '../../shared/x509/chain-cache.ts'
import type { AuditEntry } from '../audit.ts'
import { createByteRoom, createCapacity } from '../capacity.ts'
import type { Deps } from '../deps.ts'
import { MAX_UNVERIFIED_EVENT_BYTES } from '../limits.ts'
import { createMetricsRegistry, type MetricsRegistry } from '../metrics/metrics-registry.ts'
import { readPageFiles } from './page-files.ts'
import type { Runtime } from './runtime.ts'
import type { Settings } from './settings.ts'
import { bindTraces } from './traces/bind-traces.ts'
import { traceFetch } from './traces/traced-calls.ts'
import type { Traces } from './traces/traces.ts'

/** Members of Deps that a reload leaves as they are. A running signing engine belongs to them. */
export type LastingDeps = Pick<
  Deps,
  | 'fetch'
  | 'issuerKeyCache'
  | 'chains'
  | 'crypto'
  | 'now'
  | 'audit'
  | 'listensOnLoopback'
  | 'readPageFile'
  | 'capacity'
  | 'unverifiedBytes'
>

/** What every generation of the application is made with. */
export interface Lasting {
  readonly runtime: Runtime
  /** Writes one line. */
  readonly log: (line: string) => void
  readonly crlCache: CrlCache
  /** Undefined where nobody can ask for them. */
  readonly metrics: MetricsRegistry | undefined
  /** Undefined where nobody takes them. */
  readonly traces: Traces | undefined
  readonly deps: LastingDeps
}

/** Names of what a request's span has of its audit line. */
const OPERATION = 'stm_notary.operation'
const OUTCOME = 'stm_notary.outcome'

/** Creates it, once for each process. @param log - takes one JSON line per request to an operation */
export async function createLasting(
  settings: Settings,
  log: (line: string) => void,
  runtime: Runtime,
): Promise<Lasting> {
  const now = (): Date => new Date()
  const metrics = settings.metrics === undefined ? undefined : createMetricsRegistry()
  const traces = bindTraces(settings.traces, { metrics, crypto: runtime.crypto, log, now })
  return {
    runtime,
    log,
    crlCache: createCrlCache(),
    metrics,
    traces,
    deps: {
      fetch: traceFetch(globalThis.fetch, traces),
      issuerKeyCache: new Map(),
      chains: createChainCache(),
      crypto: runtime.crypto,
      now,
      audit: (entry: AuditEntry) => {
        const { event: operation, outcome } = entry
        const traceId = traces?.currentTraceId()
        traces?.annotate({ [OPERATION]: operation, [OUTCOME]: outcome })
        log(JSON.stringify({ time: now().toISOString(), ...entry, traceId }))
      },
      listensOnLoopback: settings.isLoopback,
      readPageFile: await readPageFiles(),
      capacity: createCapacity(settings.maxConcurrent),
      unverifiedBytes: createByteRoom(MAX_UNVERIFIED_EVENT_BYTES),
    },
  }
}
