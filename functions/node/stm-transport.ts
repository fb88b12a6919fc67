// Carries requests to Software Trust Manager over undici, whose agent keeps connections and presents the
// client certificate.

import { setImmediate } from 'node:timers/promises'
import { type Dispatcher, request as send } from 'undici'
import { concatBytes } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'
import { MAX_STM_ANSWER_BYTES } from '../../shared/limits.ts'
import { type Peer, setupFailed, toConnectionError } from '../../shared/node/connection-error.ts'
import type { StmAnswer, StmRequest, StmTransport } from '../../shared/stm/transport.ts'

/** How undici says that a proxy does not connect us. */
const PROXY_REFUSAL = /^Proxy response \((\d{3})\)/

/** Creates a transport over an agent that has the client certificate. */
export function createStmTransport(agent: Dispatcher, peer: Peer): StmTransport {
  return async (request) => {
    let sent = false
    const dispatcher = telling(agent, () => {
      sent = true
    })
    const signal = AbortSignal.timeout(request.timeoutMs)
    try {
      return await Promise.race([exchange(dispatcher, request, signal), abortOf(signal)])
    } catch (cause) {
      return { kind: 'failure', sent, error: toStmError(cause, request, peer) }
    }
  }
}

/** The agent, telling when a request is about to be written to a connection that stands. */
function telling(agent: Dispatcher, onStart: () => void): Dispatcher {
  return agent.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart(...args) {
          onStart()
          handler.onRequestStart?.(...args)
        },
        onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
        onResponseStart: (...args) => handler.onResponseStart?.(...args),
        onResponseData: (...args) => handler.onResponseData?.(...args),
        onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
        onResponseError: (...args) => handler.onResponseError?.(...args),
      }),
  )
}

/** undici lets an aborted request wait for its connection to stand; it is then not written. */
function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function exchange(
  dispatcher: Dispatcher,
  { method, url, headers, body }: StmRequest,
  signal: AbortSignal,
): Promise<StmAnswer> {
  const answer = await send(url, { dispatcher, method, headers, body: body ?? null, signal })
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body as AsyncIterable<Uint8Array>) {
    length += part.length
    if (length > MAX_STM_ANSWER_BYTES) {
      throw new NotationError(
        'signer-answer-invalid',
        `Cannot use the answer of Software Trust Manager: it has more than ${MAX_STM_ANSWER_BYTES} bytes`,
      )
    }
    parts.push(part)
  }
  // Until then undici takes the connection for busy, and the next request would make another.
  await setImmediate()
  return {
    kind: 'answer',
    status: answer.statusCode,
    headers: singleHeaders(answer.headers),
    body: concatBytes(...parts),
  }
}

function singleHeaders(
  headers: Dispatcher.ResponseData['headers'],
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
}

function toStmError(cause: unknown, { timeoutMs }: StmRequest, peer: Peer): NotationError {
  const through = peer.proxy === undefined ? '' : ` through the proxy ${peer.proxy}`
  if (cause instanceof Error && isTimeout(cause)) {
    return new NotationError(
      'signer-timeout',
      `${peer.origin} did not answer${through} within ${timeoutMs} ms; SM_CONN_TIMEOUT sets the limit of a call`,
      { cause },
    )
  }
  // undici gives its own name, and not always Node's code.
  if (cause instanceof Error && cause.name === 'HTTPParserError') {
    const message = `cannot reach ${peer.origin}${through}: the answer is not HTTP`
    return new NotationError('signer-answer-invalid', message, { cause })
  }
  const refusal = cause instanceof Error ? PROXY_REFUSAL.exec(cause.message)?.[1] : undefined
  if (refusal === undefined) return toConnectionError(cause, peer)
  const code = refusal.startsWith('5') ? 'signer-unavailable' : 'configuration-invalid'
  const message = `the proxy ${peer.proxy} answered ${refusal} to CONNECT; check user and password in HTTPS_PROXY, let it reach SM_HOST, or name that host in NO_PROXY`
  return new NotationError(code, setupFailed(message), { cause })
}

function isTimeout(cause: Error): boolean {
  return (
    cause.name === 'TimeoutError' || ('code' in cause && cause.code === 'UND_ERR_CONNECT_TIMEOUT')
  )
}
