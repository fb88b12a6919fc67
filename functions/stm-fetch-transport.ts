// Carries requests to Software Trust Manager over a fetch that presents the client certificate: a binding
// of Cloudflare Workers, or Deno's fetch with an HTTP client.

import { NotationError } from '../shared/errors.ts'
import { MAX_STM_ANSWER_BYTES } from '../shared/limits.ts'
import type { StmAnswer, StmFailure, StmRequest, StmTransport } from '../shared/stm/transport.ts'

/** The part of a fetch that is used. */
export type StmFetch = (url: string, init: RequestInit) => Promise<Response>

/** What a runtime's error means; a runtime that does not show it says that the request may have been sent. */
export type JudgeFailure = (thrown: unknown) => Pick<StmFailure, 'sent' | 'error'>

/** Creates a transport over a fetch. */
export function createFetchTransport(fetch: StmFetch, judge: JudgeFailure): StmTransport {
  return async (request) => {
    const signal = AbortSignal.timeout(request.timeoutMs)
    try {
      return await exchange(fetch, request, signal)
    } catch (thrown) {
      return { kind: 'failure', ...failureOf(thrown, request, signal, judge) }
    }
  }
}

async function exchange(
  fetch: StmFetch,
  { method, url, headers, body }: StmRequest,
  signal: AbortSignal,
): Promise<StmAnswer> {
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
    signal,
  })
  return {
    kind: 'answer',
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: await readBody(answer),
  }
}

async function readBody({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let length = 0
  for await (const part of body ?? []) {
    length += part.length
    if (length > MAX_STM_ANSWER_BYTES)
      throw new NotationError(
        'signer-answer-invalid',
        `Cannot use the answer of Software Trust Manager: it has more than ${MAX_STM_ANSWER_BYTES} bytes`,
      )
    parts.push(part)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

function failureOf(
  thrown: unknown,
  { url, timeoutMs }: StmRequest,
  signal: AbortSignal,
  judge: JudgeFailure,
): Pick<StmFailure, 'sent' | 'error'> {
  if (thrown instanceof NotationError) return { sent: true, error: thrown }
  if (!signal.aborted) return judge(thrown)
  const message = `${new URL(url).origin} did not answer within ${timeoutMs} ms; SM_CONN_TIMEOUT sets the limit of a call`
  return { sent: true, error: new NotationError('signer-timeout', message, { cause: thrown }) }
}
