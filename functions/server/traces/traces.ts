// Traces of what the API does: a span for each request to it and for each that it sends meanwhile. Which span is the
// current one follows the asynchronous call, so that nothing between the two ends needs to know of traces.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { Crypto } from '../../../shared/crypto.ts'
import type { SpanExporter } from './otlp-exporter.ts'
import { isProbe, routeOf } from './request-route.ts'
import type { SpanAttributes, SpanKind } from './span.ts'
import {
  createSpanId,
  createTraceId,
  parseTraceparent,
  type TraceContext,
} from './trace-context.ts'

/** Takes traces. */
export interface Traces {
  /** Answers a request under a span; one that its sender does not record, or that is left out, without. */
  readonly serve: (request: Request, answer: () => Promise<Response>) => Promise<Response>
  /** Does work that no request asked for, under a span of its own. @param name - one of few, ours */
  readonly run: <T>(name: string, work: () => Promise<T>) => Promise<T>
  /**
   * Sends a request under a child of the current span; without a span where there is none.
   *
   * @param send - `status` of what it gives is the answer's; undefined where none came
   */
  readonly call: <T extends { readonly status?: number | undefined }>(
    target: CallTarget,
    send: () => Promise<T>,
  ) => Promise<T>
  /** Adds to the current span. */
  readonly annotate: (attributes: SpanAttributes) => void
  /** Of the current span. */
  readonly currentTraceId: () => string | undefined
  /** Sends what is left. */
  readonly close: () => Promise<void>
}

/** A request that the API sends: no path and no query, which may hold secrets. */
export interface CallTarget {
  readonly method: string
  readonly url: string | URL
  /** What is asked, where the address does not say it. */
  readonly peer?: string
}

/** What traces are made with. */
export interface TracesDeps {
  readonly exporter: SpanExporter
  readonly crypto: Pick<Crypto, 'randomBytes'>
  /** Of traces that begin here, from 0 to 1; what goes on from elsewhere is recorded if it is there. */
  readonly sampledShare: number
}

interface OpenSpan {
  readonly context: TraceContext
  attributes: SpanAttributes
  isFailed: boolean
}

interface SpanStart {
  readonly name: string
  readonly kind: SpanKind
  readonly parent: TraceContext | undefined
  readonly attributes: SpanAttributes
}

/** The first half of a trace id is drawn as evenly as all of it: 52 bits, which a double holds. */
const SAMPLED_DIGITS = 13

/** Creates them. */
export function createTraces({ exporter, crypto, sampledShare }: TracesDeps): Traces {
  const current = new AsyncLocalStorage<OpenSpan>()
  const begin = (parent: TraceContext | undefined): TraceContext | undefined => {
    const traceId = parent?.traceId ?? createTraceId(crypto)
    const isSampled = parent?.isSampled ?? isDrawn(traceId, sampledShare)
    return isSampled ? { traceId, spanId: createSpanId(crypto), isSampled } : undefined
  }
  const inSpan = async <T>(
    { parent, attributes, ...start }: SpanStart,
    work: (span: OpenSpan | undefined) => Promise<T>,
  ): Promise<T> => {
    const context = begin(parent)
    if (context === undefined) return work(undefined)
    const span: OpenSpan = { context, attributes, isFailed: false }
    const startedAtMs = nowMs()
    try {
      return await current.run(span, () => work(span))
    } catch (cause) {
      fail(span, cause instanceof Error ? cause.name : 'unknown')
      throw cause
    } finally {
      const { traceId, spanId } = context
      const { attributes, isFailed } = span
      const ids = { traceId, spanId, parentSpanId: parent?.spanId }
      exporter.add({ ...ids, ...start, startedAtMs, endedAtMs: nowMs(), attributes, isFailed })
    }
  }
  return {
    serve(request, answer) {
      const start = requestSpan(request)
      return start === undefined ? answer() : inSpan(start, (span) => noteAnswer(span, answer, 500))
    },
    run: (name, work) =>
      inSpan({ name, kind: 'internal', parent: undefined, attributes: {} }, work),
    call(target, send) {
      const parent = current.getStore()?.context
      if (parent === undefined) return send()
      return inSpan(callSpan(target, parent), (span) => noteAnswer(span, send, 400))
    },
    annotate(attributes) {
      const span = current.getStore()
      if (span !== undefined) span.attributes = { ...span.attributes, ...attributes }
    },
    currentTraceId: () => current.getStore()?.context.traceId,
    close: exporter.close,
  }
}

/** @returns undefined for a request that leaves no trace */
function requestSpan({ method, url, headers }: Request): SpanStart | undefined {
  const { pathname } = new URL(url)
  if (isProbe(pathname)) return undefined
  const route = routeOf(pathname)
  return {
    name: route === undefined ? method : `${method} ${route}`,
    kind: 'server',
    parent: parseTraceparent(headers.get('traceparent')),
    attributes: {
      'http.request.method': method,
      ...(route === undefined ? {} : { 'http.route': route }),
    },
  }
}

function callSpan({ method, url, peer }: CallTarget, parent: TraceContext): SpanStart {
  const { hostname, port, protocol } = new URL(url)
  return {
    name: method,
    kind: 'client',
    parent,
    attributes: {
      'http.request.method': method,
      'server.address': hostname,
      'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
      ...(peer === undefined ? {} : { 'peer.service': peer }),
    },
  }
}

/** @param leastFailure - a server's span fails with its own mistakes, a client's with every refusal */
async function noteAnswer<T extends { readonly status?: number | undefined }>(
  span: OpenSpan | undefined,
  answer: () => Promise<T>,
  leastFailure: 400 | 500,
): Promise<T> {
  const answered = await answer()
  const { status } = answered
  if (span === undefined) return answered
  if (status === undefined) fail(span, 'no-answer')
  else {
    span.attributes = { ...span.attributes, 'http.response.status_code': status }
    if (status >= leastFailure) fail(span, String(status))
  }
  return answered
}

function fail(span: OpenSpan, type: string): void {
  span.isFailed = true
  span.attributes = { ...span.attributes, 'error.type': type }
}

function isDrawn(traceId: string, share: number): boolean {
  const drawn = Number.parseInt(traceId.slice(-SAMPLED_DIGITS), 16)
  return drawn < share * 16 ** SAMPLED_DIGITS
}

/** Milliseconds since 1970, finer than Date's. */
function nowMs(): number {
  return performance.timeOrigin + performance.now()
}
