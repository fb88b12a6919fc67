// One HTTP exchange with a registry or its token server: bounded in time and bytes, and with every failure
// of the network as a NotationError. Redirects and credentials are transport.ts's.

import { concatBytes } from '../bytes.ts'
import { NotationError } from '../errors.ts'

/** What is asked of fetch: the global one fits. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** An HTTP answer of any status, complete. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The URL that answered. */
  readonly url: URL
  /** Empty for an error answer that is longer than an error's should be. */
  readonly bytes: Uint8Array
}

/** One request, with its bounds. */
export interface ExchangeRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | undefined
  readonly maxBytes: number
  readonly timeoutMs: number
}

/** Error answers hold a few codes and texts; more is not read. */
const MAX_ERROR_BYTES = 64 * 1024

/**
 * Performs one exchange, following no redirect.
 *
 * @throws {NotationError} `registry-timeout` | `registry-unavailable` | `registry-answer-invalid` (too large)
 */
export async function exchange(fetch: Fetch, request: ExchangeRequest): Promise<Answer> {
  const { method, url, headers, body, timeoutMs } = request
  try {
    const response = await fetch(url.href, {
      method,
      headers,
      // fetch may read the body later: it gets a copy of its own.
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    const bytes = await readBytes(response, request)
    return { status: response.status, headers: response.headers, url, bytes }
  } catch (cause) {
    throw cause instanceof NotationError ? cause : networkError(url, timeoutMs, cause)
  }
}

async function readBytes(
  response: Response,
  { url, maxBytes }: ExchangeRequest,
): Promise<Uint8Array> {
  const limit = response.ok ? maxBytes : Math.min(maxBytes, MAX_ERROR_BYTES)
  const chunks: Uint8Array[] = []
  let length = 0
  // A reader, not `for await`: not every runtime's ReadableStream iterates.
  const reader = response.body?.getReader()
  for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
    length += part.value.length
    if (length > limit) {
      // Not waited for: the other side may take its time, or never answer.
      reader?.cancel().catch(() => {})
      if (!response.ok) return new Uint8Array()
      throw new NotationError(
        'registry-answer-invalid',
        `Cannot read the answer of "${url.host}": it is longer than ${maxBytes} bytes`,
      )
    }
    chunks.push(part.value)
  }
  return concatBytes(...chunks)
}

function networkError(url: URL, timeoutMs: number, cause: unknown): NotationError {
  const where = `Cannot reach "${url.host}"`
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    const found = `no complete answer within ${timeoutMs / 1000} s`
    return new NotationError('registry-timeout', `${where}: ${found}`, { cause })
  }
  return new NotationError('registry-unavailable', `${where}: ${reasonOf(cause)}`, { cause })
}

/** The innermost reason: fetch wraps the one that names the fault. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the connection failed'
  return error.cause instanceof Error
    ? reasonOf(error.cause)
    : error.message || 'the connection failed'
}
