// Caps of the traces: unit in the name, reason in the comment.

/** Spans that wait to be sent; more are dropped. Twice OpenTelemetry's own default, some 2 MiB. */
export const MAX_QUEUED_SPANS = 4096
/** Spans in one export; OpenTelemetry's own default. */
export const MAX_BATCH_SPANS = 512
/** From a span's end to its export at most, unless exports are slow; OpenTelemetry's own default. */
export const EXPORT_PERIOD_MS = 5000
/** One export: those behind it wait, and the process's end too. */
export const EXPORT_TIMEOUT_MS = 5000
