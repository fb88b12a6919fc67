// One request to an OCSP or CRL server: plain HTTP, no credentials, redirects followed by hand under
// the same rules, within limits on time and size. What comes back is a value, whatever happens.

import { MAX_REVOCATION_REDIRECTS } from '../limits.ts'
import { checkHost, type HostPolicy } from './host-policy.ts'
import type { RevocationRound } from './revocation-round.ts'

/** The fetch that asks: never one that carries a client certificate, a cookie or a proxy's password. */
export type RevocationFetch = (url: string, init: RequestInit) => Promise<Response>

/** What is asked for. */
export interface RevocationRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly body?: Uint8Array
  readonly contentType?: string
  /** Until the body is whole, redirects included. */
  readonly timeoutMs: number
  /** The body may have as many bytes. */
  readonly maxBytes: number
}

/** What it takes from the world. */
export interface FetchDependencies {
  /**
   * On runtimes that show addresses it checks them with checkResolvedAddress and connects to the one
   * that was checked.
   */
  readonly fetch: RevocationFetch
  readonly hostPolicy: HostPolicy
  readonly round: RevocationRound
}

/** The body of a 200, or why there is none. */
export type RevocationAnswer =
  | { readonly kind: 'body'; readonly body: Uint8Array }
  /** A status other than 200. */
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'too-large' }
  /** A URL, first or of a redirect, that is not plain HTTP; without the colon. */
  | { readonly kind: 'scheme'; readonly scheme: string }
  /** Not asked, not reached, or broken off. */
  | { readonly kind: 'failure'; readonly reason: string }

type Refusal = Exclude<RevocationAnswer, { readonly kind: 'body' }>

/** Most answers are smaller. */
const FIRST_BUFFER_BYTES = 16 * 1024
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Sends one request and reads the answer. Never throws for what a server or the network does. */
export async function fetchRevocation(
  request: RevocationRequest,
  dependencies: FetchDependencies,
): Promise<RevocationAnswer> {
  const signal = AbortSignal.timeout(request.timeoutMs)
  let url = request.url
  for (let hops = 0; hops <= MAX_REVOCATION_REDIRECTS; hops++) {
    const refusal = refusalOf(url, dependencies)
    if (refusal !== undefined) return refusal
    const step = await exchange({ ...request, url }, dependencies, signal)
    if (!(step instanceof URL)) return step
    url = step
  }
  return failure(`it redirects more than ${MAX_REVOCATION_REDIRECTS} times`)
}

function refusalOf(url: URL, { hostPolicy, round }: FetchDependencies): Refusal | undefined {
  if (url.protocol !== 'http:') return { kind: 'scheme', scheme: url.protocol.slice(0, -1) }
  const reason = checkHost(url, hostPolicy)
  if (reason !== undefined) return failure(reason)
  return round.takeRequest() ? undefined : failure('this verification has made too many requests')
}

/** The answer, or where it redirects to. */
async function exchange(
  request: RevocationRequest,
  { fetch, round }: FetchDependencies,
  signal: AbortSignal,
): Promise<RevocationAnswer | URL> {
  try {
    const response = await fetch(request.url.href, initOf(request, signal))
    const head = judgeHead(response, request)
    if (head === undefined) return await readBody(response, request.maxBytes, round)
    // A body that nobody reads: failing to break it off changes nothing.
    await response.body?.cancel().catch(() => undefined)
    return head
  } catch (error) {
    if (signal.aborted) return { kind: 'timeout', timeoutMs: request.timeoutMs }
    return failure(`request failed: ${reasonOf(error)}`)
  }
}

function initOf({ method, body, contentType }: RevocationRequest, signal: AbortSignal) {
  return {
    method,
    // Compressed, a small answer could unfold into a large one.
    headers: {
      'Accept-Encoding': 'identity',
      ...(contentType === undefined ? {} : { 'Content-Type': contentType }),
    },
    ...(body === undefined ? {} : { body: Uint8Array.from(body) }),
    redirect: 'manual',
    signal,
  } satisfies RequestInit
}

/** Undefined for an answer whose body is wanted. */
function judgeHead(response: Response, request: RevocationRequest): Refusal | URL | undefined {
  const { status, headers } = response
  const location = headers.get('Location')
  if (REDIRECTS.has(status) && location !== null) return redirectTarget(status, location, request)
  if (status !== 200) return { kind: 'status', status }
  const length = Number(headers.get('Content-Length') ?? 0)
  return length > request.maxBytes ? { kind: 'too-large' } : undefined
}

function redirectTarget(
  status: number,
  location: string,
  { method, url }: RevocationRequest,
): Refusal | URL {
  // 301 to 303 turn a POST into a GET (RFC 9110 §15.4): nothing would be asked.
  const keepsMethod = method === 'GET' || status >= 307
  const target = keepsMethod ? URL.parse(location, url) : null
  return target ?? { kind: 'status', status }
}

/** The body, given up as soon as it is too large. */
async function readBody(
  response: Response,
  maxBytes: number,
  round: RevocationRound,
): Promise<RevocationAnswer> {
  let buffer = new Uint8Array(Math.min(maxBytes, FIRST_BUFFER_BYTES))
  let length = 0
  for await (const part of response.body ?? []) {
    const end = length + part.length
    if (end > maxBytes) return { kind: 'too-large' }
    if (!round.takeBytes(part.length)) return failure('this verification has read too many bytes')
    // One buffer, not a list of parts: a server that sends single bytes would fill the memory with these.
    if (end > buffer.length)
      buffer = resized(buffer, Math.min(maxBytes, Math.max(end, 2 * buffer.length)))
    buffer.set(part, length)
    length = end
  }
  return { kind: 'body', body: resized(buffer, length) }
}

function resized(buffer: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer.buffer.transfer(length))
}

/** The innermost message: undici says `fetch failed` and keeps the reason as cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}

function failure(reason: string): Refusal {
  return { kind: 'failure', reason }
}
