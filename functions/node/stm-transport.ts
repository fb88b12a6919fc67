// Carries requests to Software Trust Manager over undici, whose agent keeps connections and presents the
// client certificate.

import { type Dispatcher, request as send } from 'undici'
import { concatBytes } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'
import { MAX_STM_ANSWER_BYTES } from '../../shared/limits.ts'
import type { StmAnswer, StmFailure, StmRequest, StmTransport } from '../../shared/stm/transport.ts'

/** Codes of errors that come before the first byte of a request: the name, the connection, the handshake. */
const BEFORE_SENDING = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
])
/** Node's codes for a server certificate that is not trusted: a remedy exists, and trying again is none. */
const UNTRUSTED_SERVER =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*|CERT_.*|ERR_TLS_CERT_ALTNAME_INVALID)$/

/** Creates a transport over an agent that has the client certificate. */
export function createStmTransport(dispatcher: Dispatcher): StmTransport {
  return async (request) => {
    try {
      return await exchange(dispatcher, request)
    } catch (cause) {
      return toFailure(cause, request)
    }
  }
}

async function exchange(dispatcher: Dispatcher, request: StmRequest): Promise<StmAnswer> {
  const { method, url, headers, body, timeoutMs } = request
  const signal = AbortSignal.timeout(timeoutMs)
  const answer = await send(url, { dispatcher, method, headers, body: body ?? null, signal })
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of answer.body) {
    length += (part as Uint8Array).length
    if (length > MAX_STM_ANSWER_BYTES) {
      throw new NotationError(
        'signer-answer-invalid',
        `Cannot read the answer of Software Trust Manager: it is longer than ${MAX_STM_ANSWER_BYTES} bytes`,
      )
    }
    parts.push(part as Uint8Array)
  }
  const flat = Object.entries(answer.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ])
  return {
    kind: 'answer',
    status: answer.statusCode,
    headers: Object.fromEntries(flat),
    body: concatBytes(...parts),
  }
}

function toFailure(cause: unknown, { url, timeoutMs }: StmRequest): StmFailure {
  if (cause instanceof NotationError) return { kind: 'failure', sent: true, error: cause }
  const { host } = new URL(url)
  const code = codeOf(cause)
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    const error = new NotationError(
      'signer-timeout',
      `Cannot reach Software Trust Manager at "${host}": no complete answer within ${timeoutMs} ms`,
      { cause },
    )
    return { kind: 'failure', sent: true, error }
  }
  if (UNTRUSTED_SERVER.test(code)) {
    const error = new NotationError(
      'configuration-invalid',
      `Cannot trust the server certificate of "${host}": ${code}; set SM_CA_FILE to the root that issued it`,
      { cause },
    )
    return { kind: 'failure', sent: false, error }
  }
  const error = new NotationError(
    'signer-unavailable',
    `Cannot reach Software Trust Manager at "${host}": ${code}`,
    { cause },
  )
  return { kind: 'failure', sent: !BEFORE_SENDING.has(code), error }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason given'
}
