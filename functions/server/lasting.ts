// What lives as long as the process, however often its files are read anew: memory that only makes things faster,
// counters, the log. Nothing here may decide on trust or access, which is what a reload changes.

import { type CrlCache, createCrlCache } from '../../shared/revocation/crl-cache.ts'
import { createChainCache } from '../../shared/x509/chain-cache.ts'
import type { AuditEntry } from '../audit.ts'
import { createCapacity } from '../capacity.ts'
import type { Deps } from '../deps.ts'
import { createMetricsRegistry, type MetricsRegistry } from '../metrics/metrics-registry.ts'
import { readPageFiles } from './page-files.ts'
import type { Runtime } from './runtime.ts'
import type { Settings } from './settings.ts'

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
>

/** What every generation of the application is made with. */
export interface Lasting {
  readonly runtime: Runtime
  /** Writes one line. */
  readonly log: (line: string) => void
  readonly crlCache: CrlCache
  /** Undefined where nobody can ask for them. */
  readonly metrics: MetricsRegistry | undefined
  readonly deps: LastingDeps
}

/** Creates it, once for each process. @param log - takes one JSON line per request to an operation */
export async function createLasting(
  settings: Settings,
  log: (line: string) => void,
  runtime: Runtime,
): Promise<Lasting> {
  const now = (): Date => new Date()
  return {
    runtime,
    log,
    crlCache: createCrlCache(),
    metrics: settings.metrics === undefined ? undefined : createMetricsRegistry(),
    deps: {
      fetch: globalThis.fetch,
      issuerKeyCache: new Map(),
      chains: createChainCache(),
      crypto: runtime.crypto,
      now,
      audit: (entry: AuditEntry) => log(JSON.stringify({ time: now().toISOString(), ...entry })),
      listensOnLoopback: settings.isLoopback,
      readPageFile: await readPageFiles(),
      capacity: createCapacity(settings.maxConcurrent),
    },
  }
}
