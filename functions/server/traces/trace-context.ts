// Where a span stands in a trace: W3C Trace Context, level 1, the header traceparent. tracestate is not read: it is for
// those who send on, and the services behind the API are told of no trace, because they are other people's.

import { toHex } from '../../../shared/bytes.ts'
import type { Crypto } from '../../../shared/crypto.ts'

/** A place in a trace. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string
  /** 16 of them. */
  readonly spanId: string
  /** Whether somebody upstream records the trace. */
  readonly isSampled: boolean
}

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
/** Later versions may have more behind the flags (§3.2.4); ff is none. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const ALL_ZERO = /^0+$/

/** Reads the header; undefined where it is absent or wrong, which means that a trace begins here (§3.3). */
export function parseTraceparent(header: string | null): TraceContext | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] =
    TRACEPARENT.exec(header ?? '') ?? []
  if (version === undefined || (version === '00' && more !== undefined)) return undefined
  if (ALL_ZERO.test(traceId) || ALL_ZERO.test(spanId)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

/** A new trace id, lower-case hexadecimal. */
export function createTraceId(crypto: Pick<Crypto, 'randomBytes'>): string {
  return toHex(crypto.randomBytes(TRACE_ID_BYTES))
}

/** A new span id, lower-case hexadecimal. */
export function createSpanId(crypto: Pick<Crypto, 'randomBytes'>): string {
  return toHex(crypto.randomBytes(SPAN_ID_BYTES))
}
