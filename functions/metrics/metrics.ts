// What code that is measured sees of the metrics: a narrow seam in Deps, optional, so `deps.metrics?.count(…)`.
//
// To measure something new, add a row to METRICS (declarations.ts) and call the method of its type:
//   counter    metrics?.count('stm_notary_signatures_total', {})
//   histogram  metrics?.observe('stm_notary_request_duration_seconds', { operation: 'sign' }, 0.25)
//   gauge      metrics?.read('stm_notary_queue_tasks', { state: 'queued' }, async () => (await engine.depth()).queued)
//              const end = metrics?.begin('stm_notary_requests_in_flight', { operation: 'sign' }); …; end?.()
// `read` is asked with each scrape, may ask a database, and replaces an earlier one of the same labels; `begin` is
// for what code itself starts and ends. Both add up where both are used.

import type { LabelsOf, NameOf } from './declarations.ts'

/** Takes measurements. No method throws, and none takes time that a request would feel. */
export interface Metrics {
  /** @param by - 1 where it is left out; never negative */
  readonly count: <Name extends NameOf<'counter'>>(
    name: Name,
    labels: LabelsOf<Name>,
    by?: number,
  ) => void
  /** @param value - in the unit that the metric's name ends in */
  readonly observe: <Name extends NameOf<'histogram'>>(
    name: Name,
    labels: LabelsOf<Name>,
    value: number,
  ) => void
  /** Has a level read whenever somebody asks; one that cannot be read is left out. */
  readonly read: <Name extends NameOf<'gauge'>>(
    name: Name,
    labels: LabelsOf<Name>,
    level: () => number | Promise<number>,
  ) => void
  /** Raises a level by one until what it returns is called; calling that again does nothing. */
  readonly begin: <Name extends NameOf<'gauge'>>(name: Name, labels: LabelsOf<Name>) => () => void
}
