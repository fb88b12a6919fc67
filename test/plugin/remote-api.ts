// Stands in for the API of functions/, and for GitHub's tokens: answers what a test says, remembers what it was asked.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { encodeBase64 } from '../../shared/base64.ts'
import { type BuiltChain, buildChain } from '../support/certificates.ts'
import type { KeyName } from '../support/keys.ts'
import { localSigner } from '../support/local-signer.ts'

/** A request as it came. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly authorization: string | undefined
  readonly body: string
}

/** What is answered; undefined breaks the connection. */
export type RemoteAnswer =
  | { readonly status?: number; readonly body: unknown; readonly headers?: Record<string, string> }
  | undefined

/** A server of a test. */
export interface RemoteApi {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly port: number
  readonly seen: SeenRequest[]
  answer: (request: SeenRequest) => RemoteAnswer | Promise<RemoteAnswer>
  close(): Promise<void>
}

/** Starts a server that answers as the API does. @param tls - key and certificate, PEM */
export async function startRemoteApi(tls?: {
  readonly key: string
  readonly cert: string
}): Promise<RemoteApi> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void reply(request, response)
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const built = chainValidNow()
  const api: RemoteApi = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    seen: [],
    answer: (request) => ({ body: goodAnswer(request, built) }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  async function reply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    const seen = { method, url, authorization: headers.authorization, body }
    api.seen.push(seen)
    const answer = await api.answer(seen)
    if (answer === undefined) return void request.socket.destroy()
    const isText = typeof answer.body === 'string'
    response.writeHead(answer.status ?? 200, {
      'content-type': isText ? 'text/html' : 'application/json',
      ...answer.headers,
    })
    response.end(isText ? answer.body : JSON.stringify(answer.body))
  }
  return api
}

/** What the API answers to a request of the plugin contract. */
export function goodAnswer({ url, body }: SeenRequest, built: BuiltChain): object {
  const signer = localSigner(built)
  const { keyId, payload } = JSON.parse(body) as { keyId: string; payload?: string }
  if (url.endsWith('/v1/describe-key')) return { keyId, keySpec: 'EC-256' }
  const signature = signer.signMessage(keyId, Buffer.from(payload ?? '', 'base64'))
  return {
    keyId,
    signature: encodeBase64(signature as Uint8Array),
    signingAlgorithm: 'ECDSA-SHA-256',
    certificateChain: built.certificates.map(encodeBase64),
  }
}

/** A chain that is valid for the plugin, whose clock is the machine's. */
export function chainValidNow(key: KeyName = 'P-256'): BuiltChain {
  const now = Date.now()
  const validity = {
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + 3_600_000),
  }
  return buildChain({ leaf: { key, ...validity }, intermediate: validity, root: validity })
}
