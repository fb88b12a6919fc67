// Exchanges with Software Trust Manager, or the API of functions/, over node:http on a connection of our own. The connection is made
// before the request is handed over: so it is known whether any of it can have left.

import type { Agent, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { NotationError } from '../shared/errors.ts'
import { MAX_STM_ANSWER_BYTES } from '../shared/limits.ts'
import { type Peer, toConnectionError } from '../shared/node/connection-error.ts'
import type { StmAnswer, StmRequest, StmTransport } from '../shared/stm/transport.ts'
import { openSocket, shakeHands, type TlsTarget } from './tls-connection.ts'

/** A transport with a connection to end. */
export interface HttpsTransport {
  readonly exchange: StmTransport
  /** Ends the connection that is kept for a further request. */
  readonly close: () => void
}

/** A kept connection that rested longer may be about to be closed by the other side: servers wait 5 s and more. */
const MAX_IDLE_MS = 1000

/** Where to connect to; without a secure context by plain HTTP. */
export type TransportTarget = Omit<TlsTarget, 'secureContext'> & {
  readonly secureContext: TlsTarget['secureContext'] | undefined
}

/** A connection that was begun before it was known who we are on it. */
export interface BegunConnection {
  readonly socket: Promise<Socket>
  readonly destroy: () => void
}

/** Begins to connect. What goes wrong shows when the socket is awaited. */
export function beginConnection(target: Parameters<typeof openSocket>[0]): BegunConnection {
  const open: Socket[] = []
  const socket = openSocket(target, (opened) => open.push(opened))
  socket.catch(() => {})
  return {
    socket,
    destroy: () => {
      for (const opened of open) opened.destroy()
    },
  }
}

/**
 * Keeps at most one connection, for the requests of one command.
 *
 * @param begun - the socket of the first connection
 * @param now - a clock in milliseconds that never goes back
 */
export function createHttpsTransport(
  target: TransportTarget,
  begun: BegunConnection,
  peer: Peer,
  now: () => number,
): HttpsTransport {
  let agent: Agent | undefined
  let first: BegunConnection | undefined = begun
  let idleSince = 0
  const connect = async (observe: Call['observe']): Promise<Agent> => {
    agent?.destroy()
    const socket = first === undefined ? openSocket(target, observe) : adopt(first, observe)
    first = undefined
    const secured = secure(await socket, target)
    // Loaded while the handshake is on its way.
    const { Agent } = process.getBuiltinModule('node:http')
    agent = agentFor(await secured, new Agent({ keepAlive: true, maxSockets: 1 }))
    return agent
  }
  const exchange: StmTransport = async (request) => {
    const call = startCall(request.timeoutMs, peer)
    let sent = false
    try {
      const isFresh =
        agent !== undefined && hasFreeSocket(agent) && now() - idleSince <= MAX_IDLE_MS
      const ready = isFresh && agent !== undefined ? agent : await call.race(connect(call.observe))
      sent = true
      const answer = await call.race(send(request, ready, call.observe))
      idleSince = now()
      return answer
    } catch (cause) {
      return { kind: 'failure', sent, error: toConnectionError(cause, peer) }
    } finally {
      call.end()
    }
  }
  const close = (): void => {
    first?.destroy()
    agent?.destroy()
  }
  return { exchange, close }
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

function adopt({ socket, destroy }: BegunConnection, observe: Call['observe']): Promise<Socket> {
  observe({ destroy })
  return socket
}

/** Without a secure context the connection stays as it is: it does not leave this machine. */
function secure(
  socket: Socket,
  { secureContext, ...target }: TransportTarget,
): Promise<Socket> | Socket {
  return secureContext === undefined ? socket : shakeHands(socket, { ...target, secureContext })
}

/** Makes an agent use a connection that stands. */
function agentFor(socket: Socket, agent: Agent): Agent {
  // Between requests nobody else listens; a reset is then seen as the socket not being there.
  socket.on('error', () => {})
  agent.createConnection = () => socket
  return agent
}

function hasFreeSocket(agent: Agent): boolean {
  return Object.values(agent.freeSockets).some((sockets) =>
    sockets?.some((socket) => !socket.destroyed),
  )
}

function send(request: StmRequest, agent: Agent, observe: Call['observe']): Promise<StmAnswer> {
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
          `Cannot use the answer: it has more than ${MAX_STM_ANSWER_BYTES} bytes`,
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
