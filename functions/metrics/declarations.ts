// The one table of what is measured. A metric that is not in it cannot be counted, and a label that is not in its
// row cannot be given: see metrics.ts for how to use one.

/** What a metric is, in the words of Prometheus' text format. */
export interface MetricDeclaration {
  /** `counter` only grows; `gauge` is a level; `histogram` sorts values into buckets. */
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One sentence for people. */
  readonly help: string
  /** Names of labels. Their values must be few and ours: no reference, no caller, no text of a request. */
  readonly labels: readonly string[]
  /** Upper bounds of a histogram's buckets, in its unit, ascending; the last one, infinity, is understood. */
  readonly buckets?: readonly number[]
}

/** From a cached verification to the time limit of Software Trust Manager. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

/** Metrics by name. Counters end in `_total`, and units are base units, as Prometheus wants it. */
export const METRICS = {
  stm_notary_requests_total: {
    type: 'counter',
    help: 'Requests by operation and how they ended: "done", or the code of the problem.',
    labels: ['operation', 'outcome'],
  },
  stm_notary_request_duration_seconds: {
    type: 'histogram',
    help: 'From the head of a request to its answer.',
    labels: ['operation'],
    buckets: REQUEST_SECONDS,
  },
  stm_notary_requests_in_flight: {
    type: 'gauge',
    help: 'Requests that are being answered.',
    labels: ['operation'],
  },
  stm_notary_signatures_total: {
    type: 'counter',
    help: 'Signatures that Software Trust Manager made for this process.',
    labels: [],
  },
  stm_notary_stm_requests_total: {
    type: 'counter',
    help: 'Requests to Software Trust Manager by kind, "sign" or "lookup", and status: of HTTP, or the code of the error where no answer came.',
    labels: ['kind', 'status'],
  },
  stm_notary_verifications_total: {
    type: 'counter',
    help: 'Verifications by verdict: "verified" or "rejected".',
    labels: ['operation', 'verdict'],
  },
  stm_notary_spans_total: {
    type: 'counter',
    help: 'Spans of traces that were sent to the collector, or dropped.',
    labels: ['outcome'],
  },
  stm_notary_timestamp_requests_total: {
    type: 'counter',
    help: 'Requests to timestamp authorities by how they ended: "done", or the code of the error.',
    labels: ['outcome'],
  },
  stm_notary_event_artifacts_total: {
    type: 'counter',
    help: 'Artifacts that events of a type of source told of: "accepted", or why they were ignored.',
    labels: ['type', 'result'],
  },
  stm_notary_signing_tasks: {
    type: 'gauge',
    help: 'Tasks of the signing queue by state: "queued", "active" or "dead".',
    labels: ['state'],
  },
  stm_notary_rule_signatures_total: {
    type: 'counter',
    help: 'Profiles of artifacts that were looked at, for each rule that asks for one, by how the look ended: "signed", "standing", "waiting", "held", "superseded", or the code of the error.',
    labels: ['rule', 'outcome'],
  },
  stm_notary_push_to_signature_seconds: {
    type: 'histogram',
    help: 'From first hearing of a push to its signature in the registry. What a sweep found or an operator replayed is left out.',
    labels: [],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 14_400],
  },
  stm_notary_sweep_tags_total: {
    type: 'counter',
    help: 'Tags that sweeps went through by what they found: "in-order", why it is due ("unsigned", "certificate-replaced", "expiring", "not-listed"), or "orphaned" for a list of referrers whose image is gone. Dry ones are left out.',
    labels: ['finding'],
  },
  stm_notary_sweep_errors_total: {
    type: 'counter',
    help: 'What sweeps could not go through, by the code of the error.',
    labels: ['code'],
  },
  stm_notary_sweep_finished_timestamp_seconds: {
    type: 'gauge',
    help: 'When the last sweep ended that was not dry, in seconds since 1970.',
    labels: [],
  },
} as const satisfies Record<string, MetricDeclaration>

type Metrics = typeof METRICS

/** A name of the table. */
export type MetricName = keyof Metrics

/** Names of the metrics of one type. */
export type NameOf<Type extends MetricDeclaration['type']> = {
  [Name in MetricName]: Metrics[Name]['type'] extends Type ? Name : never
}[MetricName]

/** A value for every label of a metric; `{}` where it has none. */
export type LabelsOf<Name extends MetricName> = {
  readonly [Label in Metrics[Name]['labels'][number]]: string
}
