// The traces of a process: its settings, its collector, and what it says of traces itself.

import type { Crypto } from '../../../shared/crypto.ts'
import type { Metrics } from '../../metrics/metrics.ts'
import { createOtlpExporter } from './otlp-exporter.ts'
import type { TraceSettings } from './trace-settings.ts'
import { createTraces, type Traces } from './traces.ts'

/** What binding needs. */
export interface TraceBindings {
  readonly metrics: Metrics | undefined
  readonly crypto: Pick<Crypto, 'randomBytes'>
  /** Writes one line. */
  readonly log: (line: string) => void
  readonly now: () => Date
}

/** Binds them. @returns undefined where the settings name no collector */
export function bindTraces(
  settings: TraceSettings | undefined,
  { metrics, crypto, log, now }: TraceBindings,
): Traces | undefined {
  if (settings === undefined) return undefined
  const { sampledShare, ...destination } = settings
  const exporter = createOtlpExporter(destination, {
    fetch: globalThis.fetch,
    onEnd: (outcome, spans) => metrics?.count('stm_notary_spans_total', { outcome }, spans),
    onFailure: (reason) => {
      const message = `Cannot send traces, which are lost until it can: ${reason}`
      log(JSON.stringify({ time: now().toISOString(), event: 'traces-lost', message }))
    },
  })
  return createTraces({ exporter, crypto, sampledShare })
}
