// How each fault is given: some before the handler runs, some by spoiling its answer. Those that make a
// wrong signature or token are committed where these are made.

import type { Fault, FaultAnswer } from './faults.ts'
import { TOO_LARGE_ANSWER_BYTES } from './limits.ts'
import {
  FORBIDDEN,
  INVALID_API_KEY,
  keypairUnknown,
  type Refusal,
  resourceUnknown,
  serverError,
  THROTTLED,
  UNAVAILABLE,
} from './refusals.ts'

/** What giving a fault may need. */
export interface FaultContext {
  readonly fault: Fault
  readonly request: Request
  /** Last part of a path that names something. */
  readonly id: string | undefined
  readonly now: () => Date
  readonly closing: AbortSignal
}

const DEFAULT_DELAY_MS = 5_000
/** Neither DER nor text. */
const GARBAGE = Uint8Array.from({ length: 64 }, (_, index) => (index * 37) & 0xff)
const CHUNK_BYTES = 64 * 1024

/** A page as the service answers it where JSON was expected. */
export const HTML_PAGE =
  '<!DOCTYPE html>\n<html lang="en"><head><title>DigiCert ONE</title></head><body><div id="root"></div></body></html>\n'

/** Answers in place of the handler; undefined lets the handler run. */
const INSTEAD: Partial<
  Record<
    FaultAnswer,
    (context: FaultContext) => Response | undefined | Promise<Response | undefined>
  >
> = {
  unauthorized: () => answer(INVALID_API_KEY),
  forbidden: () => answer(FORBIDDEN),
  'not-found': (context) => answer(notFound(context)),
  throttled: (context) => answer(THROTTLED, retryAfter(context)),
  unavailable: (context) => answer(UNAVAILABLE, retryAfter(context)),
  'server-error': ({ request }) => answer(serverError(new URL(request.url).pathname)),
  html: () => htmlAnswer(),
  garbage: () => new Response(GARBAGE, { headers: { 'content-type': 'application/octet-stream' } }),
  'too-large': () => new Response(zeroStream(TOO_LARGE_ANSWER_BYTES)),
  // The server ends the connection without an answer; behind MSW it is a network error.
  reset: () => Response.error(),
  async hang({ request, closing }) {
    await aborted(request.signal, closing)
    return Response.error()
  },
  async slow({ fault, request, closing }) {
    await aborted(request.signal, closing, AbortSignal.timeout(fault.delayMs ?? DEFAULT_DELAY_MS))
    return undefined
  },
}

/** Answers in place of the handler, where the fault is of that kind. */
export function answerInstead(
  context: FaultContext,
): Response | undefined | Promise<Response | undefined> {
  return INSTEAD[context.fault.answer]?.(context)
}

/**
 * The handler's answer as the fault leaves it.
 *
 * @param endConnection - ends the connection behind what was sent; without it the body breaks instead
 */
export async function spoilAnswer(
  fault: Fault,
  response: Response,
  endConnection: (() => void) | undefined,
): Promise<Response> {
  if (fault.answer !== 'truncated' && fault.answer !== 'cut-off') return response
  const whole = new Uint8Array(await response.arrayBuffer())
  const half = whole.subarray(0, whole.length >> 1)
  const { status } = response
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  if (fault.answer === 'truncated') return new Response(half, { status, headers })
  // Chunked, so that the server sends what it has at once; the last chunk never comes.
  headers.set('transfer-encoding', 'chunked')
  return new Response(brokenStream(half, endConnection), { status, headers })
}

/** The HTML page. */
export function htmlAnswer(): Response {
  return new Response(HTML_PAGE, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** Sends the bytes, then nothing more. */
function brokenStream(
  bytes: Uint8Array<ArrayBuffer>,
  endConnection: (() => void) | undefined,
): ReadableStream<Uint8Array> {
  let isSent = false
  return new ReadableStream(
    {
      pull(controller) {
        if (!isSent) {
          isSent = true
          controller.enqueue(bytes)
          return
        }
        if (endConnection === undefined) controller.error(new TypeError('terminated'))
        else endConnection()
      },
    },
    // Asked for no sooner than the bytes were taken.
    { highWaterMark: 0 },
  )
}

/** So many zero bytes, made as they are taken. */
function zeroStream(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      if (left === 0) return controller.close()
      const chunk = new Uint8Array(Math.min(left, CHUNK_BYTES))
      left -= chunk.length
      controller.enqueue(chunk)
    },
  })
}

function answer(
  { status, body }: Refusal,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, { status, headers })
}

function notFound({ fault, id }: FaultContext): Refusal {
  const named = id ?? '00000000-0000-4000-8000-000000000000'
  if (fault.on === 'get-certificate' || fault.on === 'list-certificates')
    return resourceUnknown('certificate', named)
  return fault.on === 'get-signature' ? resourceUnknown('signature', named) : keypairUnknown(named)
}

/** RFC 9110 §10.2.3: seconds, or an HTTP date. */
function retryAfter({ fault, now }: FaultContext): Readonly<Record<string, string>> {
  const { retryAfterSeconds, retryAfterForm } = fault
  if (retryAfterSeconds === undefined) return {}
  if (retryAfterForm !== 'http-date') return { 'retry-after': String(retryAfterSeconds) }
  const instant = new Date(now().getTime() + retryAfterSeconds * 1000)
  return { 'retry-after': instant.toUTCString() }
}

/** Resolves as soon as one of the signals fires. */
function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals])
  return new Promise((resolve) => {
    if (any.aborted) return resolve()
    any.addEventListener('abort', () => resolve(), { once: true })
  })
}
