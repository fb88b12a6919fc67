// One listening server: apps of Hono behind node:http or node:https, ports with a name for their flag,
// and a close that lets running requests finish.

import type {
  Server as HttpServer,
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { CLOSE_GRACE_MS } from './limits.ts'
import { SetupError } from './setup-error.ts'

/** Where to listen. */
export interface ListenOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  /** Named in the error when the port cannot be had. */
  readonly flag: string
  /** What to do when the port is in use, where another port does not help. */
  readonly remedy?: string | undefined
}

/** A server that listens. */
export interface Listener {
  readonly port: number
  /** Accepts no more, lets running requests finish, then ends all connections. */
  close(): Promise<void>
}

/** Answers a request; the incoming one tells about its connection. */
export type Fetch = (request: Request, incoming: IncomingMessage) => Response | Promise<Response>

/** What node:http calls for each request; a network-error Response ends the connection without an answer. */
export function requestListener(fetch: Fetch): RequestListener {
  return getRequestListener(
    async (request, { incoming }) => {
      const response = await fetch(request, incoming as IncomingMessage)
      if (response.type !== 'error') return response
      incoming.socket.destroy()
      return RESPONSE_ALREADY_SENT
    },
    // The Request and Response of the process stay what they are.
    { overrideGlobalObjects: false },
  )
}

/**
 * Listens, and gives each connection to the server that `choose` names at that moment.
 *
 * @throws {SetupError} when the port cannot be had; the message names the flag
 */
export async function listen(
  servers: readonly (HttpServer | HttpsServer)[],
  choose: () => HttpServer | HttpsServer,
  options: ListenOptions,
): Promise<Listener> {
  // Servers that do not listen themselves keep no list of their connections.
  const connections = new Set<Socket>()
  const running = new Set<ServerResponse>()
  const front = createTcpServer({ noDelay: true }, (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    choose().emit('connection', socket)
  })
  for (const server of servers)
    server.on('request', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
      running.add(outgoing)
      outgoing.once('close', () => running.delete(outgoing))
    })
  await bind(front, options)
  return {
    port: (front.address() as AddressInfo).port,
    close: () => closeGently(front, connections, running),
  }
}

async function closeGently(
  front: Server,
  connections: ReadonlySet<Socket>,
  running: ReadonlySet<ServerResponse>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => front.close(() => resolve()))
  const answers = [...running].map(
    (outgoing) => new Promise<void>((resolve) => outgoing.once('close', resolve)),
  )
  let timer: NodeJS.Timeout | undefined
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_GRACE_MS)
  })
  await Promise.race([Promise.all(answers), grace])
  clearTimeout(timer)
  for (const connection of connections) connection.destroy()
  await closed
}

function bind(server: Server, { host, port, flag, remedy }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? `the port is in use; ${remedy ?? `choose another with ${flag} (0 picks a free one)`}`
          : `${error.message}; see ${flag} and --host`
      reject(new SetupError(`Cannot listen on ${host}:${port}: ${reason}`, { cause: error }))
    })
    server.listen({ host, port }, () => resolve())
  })
}
