// Exchanges with Software Trust Manager over node:http on a TLS connection of our own. The connection is made
// before the request is handed over: so it is known whether any of it can have left.

import type { Agent, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { NotationError } from '../shared/errors.ts'
import { MAX_STM_ANSWER_BYTES } from '../shared/limits.ts'
import type { StmAnswer, StmRequest, StmTransport } from '../shared/stm/transport.ts'
import { type Peer, toConnectionError } from './connection-error.ts'
import { connectTls, type TlsTarget } from './tls-connection.ts'

/** A transport with a connection to end. */
export interface HttpsTransport {
  readonly exchange: StmTransport
  /** Ends the connection that is kept for a further request. */
  readonly close: () => void
}

/** A kept connection that rested longer may be about to be closed by the other side: servers wait 5 s and more. */
const MAX_IDLE_MS = 1000

/** Keeps at most one connection, for the requests of one command. */
export function createHttpsTransport(
  target: TlsTarget,
  peer: Peer,
  now: () => number,
): HttpsTransport {
  const { Agent } = process.getBuiltinModule('node:http')
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let idleSince = 0
  const exchange: StmTransport = async (request) => {
    const call = startCall(request.timeoutMs, peer)
    let sent = false
    try {
      if (now() - idleSince > MAX_IDLE_MS || !hasFreeSocket(agent))
        await call.race(connect(agent, target, call.observe))
      sent = true
      const answer = await call.race(send(request, agent, call.observe))
      idleSince = now()
      return answer
    } catch (cause) {
      return { kind: 'failure', sent, error: toConnectionError(cause, peer) }
    } finally {
      call.end()
    }
  }
  return { exchange, close: () => agent.destroy() }
}

interface Call {
  readonly observe: (destroyable: { destroy(): unknown }) => void
  /** The promise, or the rejection of time running out. */
  readonly race: <T>(promise: Promise<T>) => Promise<T>
  readonly end: () => void
}

function startCall(timeoutMs: number, peer: Peer): Call {
  const open: { destroy(): unknown }[] = []
  let fail: (error: NotationError) => void = () => {}
  const timedOut = new Promise<never>((_, reject) => {
    fail = reject
  })
  const timer = setTimeout(() => {
    const through = peer.proxy === undefined ? '' : ` through the proxy ${peer.proxy}`
    fail(
      new NotationError(
        'signer-timeout',
        `${peer.origin} did not answer${through} within ${timeoutMs} ms; SM_CONN_TIMEOUT sets the limit of a call`,
      ),
    )
    for (const destroyable of open) destroyable.destroy()
  }, timeoutMs)
  return {
    observe: (destroyable) => open.push(destroyable),
    race: (promise) => Promise.race([promise, timedOut]),
    end: () => clearTimeout(timer),
  }
}

/** Makes the next request of the agent go over a new connection. */
async function connect(
  agent: Agent,
  target: TlsTarget,
  observe: (socket: Socket) => void,
): Promise<void> {
  agent.destroy()
  const socket = await connectTls(target, observe)
  // Between requests nobody else listens; a reset is then seen as the socket not being there.
  socket.on('error', () => {})
  agent.createConnection = () => socket
}

function hasFreeSocket(agent: Agent): boolean {
  return Object.values(agent.freeSockets).some((sockets) =>
    sockets?.some((socket) => !socket.destroyed),
  )
}

function send(
  request: StmRequest,
  agent: Agent,
  observe: (destroyable: { destroy(): unknown }) => void,
): Promise<StmAnswer> {
  const { hostname, port, pathname, search } = new URL(request.url)
  const http = process.getBuiltinModule('node:http')
  const headers = {
    ...request.headers,
    host: port === '' ? hostname : `${hostname}:${port}`,
    ...(request.body === undefined ? {} : { 'content-length': Buffer.byteLength(request.body) }),
  }
  return new Promise((resolve, reject) => {
    const outgoing = http.request(
      { agent, method: request.method, path: `${pathname}${search}`, headers },
      (incoming) => readAnswer(incoming).then(resolve, reject),
    )
    observe(outgoing)
    outgoing.on('error', reject)
    outgoing.end(request.body)
  })
}

function readAnswer(incoming: IncomingMessage): Promise<StmAnswer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    incoming.on('data', (part: Buffer) => {
      length += part.length
      parts.push(part)
      if (length <= MAX_STM_ANSWER_BYTES) return
      incoming.destroy()
      reject(
        new NotationError(
          'signer-answer-invalid',
          `Cannot use the answer of Software Trust Manager: it has more than ${MAX_STM_ANSWER_BYTES} bytes`,
        ),
      )
    })
    incoming.on('error', reject)
    incoming.on('end', () => {
      const { statusCode: status = 0 } = incoming
      resolve({
        kind: 'answer',
        status,
        headers: singleHeaders(incoming),
        body: Buffer.concat(parts),
      })
    })
  })
}

function singleHeaders(incoming: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
}
