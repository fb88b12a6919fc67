// Sends spans to an OpenTelemetry collector, OTLP over HTTP in JSON, beside the requests that they tell of: nothing here
// delays one or makes it fail. A span that cannot be sent is counted and lost.

import { EXPORT_PERIOD_MS, EXPORT_TIMEOUT_MS, MAX_BATCH_SPANS, MAX_QUEUED_SPANS } from './limits.ts'
import { encodeExport, type Span, type SpanAttributes } from './span.ts'

/** Where spans go. Holds secrets: not for logs. */
export interface OtlpDestination {
  readonly url: string
  /** Beside the content type. */
  readonly headers: Readonly<Record<string, string>>
  /** What sends the spans. */
  readonly resource: SpanAttributes
}

/** Takes spans. */
export interface SpanExporter {
  readonly add: (span: Span) => void
  /** Sends what waits; resolves also where that fails. */
  readonly flush: () => Promise<void>
  /** The same within EXPORT_TIMEOUT_MS: a process that ends waits no longer. */
  readonly close: () => Promise<void>
}

/** What sending needs. */
export interface OtlpExporterDeps {
  readonly fetch: typeof fetch
  /** Told of every span, once. */
  readonly onEnd: (outcome: 'sent' | 'dropped', spans: number) => void
  /** Told once when spans begin to be lost, until some are sent again. */
  readonly onFailure: (reason: string) => void
}

/** Creates an exporter. */
export function createOtlpExporter(
  destination: OtlpDestination,
  { onEnd, onFailure, ...deps }: OtlpExporterDeps,
): SpanExporter {
  const queue: Span[] = []
  let sending: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isFailing = false
  const sendAll = async (): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH_SPANS)
      const failure = await send(batch, destination, deps.fetch)
      onEnd(failure === undefined ? 'sent' : 'dropped', batch.length)
      if (failure !== undefined && !isFailing) onFailure(failure)
      isFailing = failure !== undefined
    }
  }
  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    sending ??= sendAll().finally(() => {
      sending = undefined
    })
    return sending
  }
  return {
    add(span) {
      if (queue.length === MAX_QUEUED_SPANS) {
        onEnd('dropped', 1)
        return
      }
      queue.push(span)
      if (queue.length >= MAX_BATCH_SPANS) void flush()
      // It does not keep a process alive that has ended: flush is for that.
      else timer ??= setTimeout(flush, EXPORT_PERIOD_MS).unref()
    },
    flush,
    close: () => Promise.race([flush(), limit()]),
  }
}

function limit(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, EXPORT_TIMEOUT_MS).unref()
  })
}

/** @returns why it failed: a status, or the name of an error; its message may hold the address */
async function send(
  spans: readonly Span[],
  { url, headers, resource }: OtlpDestination,
  fetch: OtlpExporterDeps['fetch'],
): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: encodeExport(spans, resource),
      redirect: 'manual',
      signal: AbortSignal.timeout(EXPORT_TIMEOUT_MS),
    })
    await answer.body?.cancel()
    return answer.ok ? undefined : `the collector answered ${answer.status}`
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'unknown error'
    return name === 'TimeoutError'
      ? `the collector did not answer within ${EXPORT_TIMEOUT_MS} ms`
      : `the collector cannot be reached (${name})`
  }
}
