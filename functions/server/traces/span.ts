// A span that has ended, and how OTLP writes it in JSON (opentelemetry-proto, OTLP/JSON encoding).

/** Names and values that are ours: no URL, no header, nothing of a body. */
export type SpanAttributes = Readonly<Record<string, string | number>>

/** What a span is of: a request to the API, one that it sends, or work of its own. */
export type SpanKind = 'server' | 'client' | 'internal'

/** A span that has ended. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: SpanKind
  /** Milliseconds since 1970, with a fraction. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  readonly attributes: SpanAttributes
  readonly isFailed: boolean
}

/** SpanKind of trace.proto. */
const KINDS = { internal: 1, server: 2, client: 3 } as const satisfies Record<SpanKind, number>
/** STATUS_CODE_ERROR of trace.proto. */
const STATUS_ERROR = 2
const SCOPE = { name: 'notation-digicert-stm' } as const

/** The body of an export request: ExportTraceServiceRequest. */
export function encodeExport(spans: readonly Span[], resource: SpanAttributes): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(resource) },
        scopeSpans: [{ scope: SCOPE, spans: spans.map(encodeSpan) }],
      },
    ],
  })
}

function encodeSpan({ kind, startedAtMs, endedAtMs, attributes, isFailed, ...span }: Span): object {
  return {
    ...span,
    kind: KINDS[kind],
    startTimeUnixNano: toNanoseconds(startedAtMs),
    endTimeUnixNano: toNanoseconds(endedAtMs),
    attributes: encodeAttributes(attributes),
    ...(isFailed ? { status: { code: STATUS_ERROR } } : {}),
  }
}

function encodeAttributes(attributes: SpanAttributes): readonly object[] {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    // 64-bit integers are decimal text in JSON.
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }))
}

/** As decimal text: a double holds no nanoseconds of our time. */
function toNanoseconds(milliseconds: number): string {
  const whole = Math.trunc(milliseconds)
  const fraction = Math.round((milliseconds - whole) * 1_000_000)
  return String(BigInt(whole) * 1_000_000n + BigInt(fraction))
}
