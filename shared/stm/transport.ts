// The seam between the Software Trust Manager client and whatever carries its requests: node:https in the
// plugin, a fetch with a client certificate elsewhere. A failed exchange says whether the request can
// have reached the service, because a signature that may have been made is never asked for again.

import type { NotationError } from '../errors.ts'

/** One HTTP request to Software Trust Manager. */
export interface StmRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  /** Names in lower case. They hold the API key: not for logs. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole exchange: connecting, sending, receiving the last byte. */
  readonly timeoutMs: number
}

/** An HTTP answer of any status, complete. */
export interface StmAnswer {
  readonly kind: 'answer'
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most MAX_STM_ANSWER_BYTES. */
  readonly body: Uint8Array
}

/** An exchange without a complete answer. */
export interface StmFailure {
  readonly kind: 'failure'
  /** False only where it is certain that no byte of the request left: name not found, connection or handshake failed. */
  readonly sent: boolean
  /** `signer-unavailable` and `signer-timeout` may pass; any other code will not by itself. */
  readonly error: NotationError
}

/**
 * Performs one exchange, without redirects, without retries.
 *
 * It never rejects: what went wrong is a StmFailure.
 */
export type StmTransport = (request: StmRequest) => Promise<StmAnswer | StmFailure>
