// An HTTP server on Node, and its orderly end.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  getRequestListener,
  type Http2Bindings,
  type HttpBindings,
  RequestError,
} from '@hono/node-server'
import { NotationError } from '../../shared/errors.ts'
import { problemResponse, toNotationError } from '../problem.ts'
import {
  CLOSE_GRACE_MS,
  cannotListen,
  type Handler,
  type ListenAddress,
  type ListenProblem,
  type RunningServer,
  shownHost,
} from '../server/listening.ts'

/** A request's head must arrive within this time: slow senders hold no connection for ever. */
const HEADERS_TIMEOUT_MS = 10_000
/** A whole request, body included. */
const REQUEST_TIMEOUT_MS = 60_000
/** By Node's names. */
const LISTEN_PROBLEMS: Readonly<Record<string, ListenProblem>> = {
  EADDRINUSE: 'port-taken',
  EACCES: 'port-forbidden',
  EADDRNOTAVAIL: 'host-elsewhere',
  ENOTFOUND: 'host-unknown',
}

/**
 * Starts a server.
 *
 * @throws {NotationError} `configuration-invalid` when it cannot listen there
 */
export async function startServer(address: ListenAddress, handle: Handler): Promise<RunningServer> {
  const fetch = (request: Request, { incoming }: HttpBindings | Http2Bindings) =>
    handle(request, { peerAddress: incoming.socket.remoteAddress })
  const listener = getRequestListener(fetch, {
    overrideGlobalObjects: false,
    errorHandler: answerUnreadable,
  })
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
  })
  server.on('request', (request, response) => {
    void listener(request, response)
    // Once the server is closed nothing else ends a connection that its client keeps.
    response.once('close', () => {
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  })
  await listen(server, address)
  const { port } = server.address() as AddressInfo
  return { url: `http://${shownHost(address.host)}:${port}`, close: () => close(server) }
}

/** The application answers all errors of its own: what comes here is a request that is none. */
function answerUnreadable(cause: unknown): Response {
  const error =
    cause instanceof RequestError
      ? new NotationError(
          'request-invalid',
          'Cannot read the request: its target or its Host header is malformed',
        )
      : toNotationError(cause)
  return problemResponse(error)
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const problem = LISTEN_PROBLEMS[cause.code ?? ''] ?? { told: cause.message }
      reject(cannotListen(address, problem, cause))
    }
    server.once('error', refuse)
    server.listen(address.port, address.host, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}
