// The API as an HTTP server on Node, and its orderly end.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  getRequestListener,
  type Http2Bindings,
  type HttpBindings,
  RequestError,
} from '@hono/node-server'
import { NotationError } from '../../shared/errors.ts'
import { createApp } from '../app.ts'
import type { Deps } from '../deps.ts'
import { problemResponse, toNotationError } from '../problem.ts'
import { CLOSE_GRACE_MS, type RunningServer, shownHost } from '../server/listening.ts'

/** A request's head must arrive within this time: slow senders hold no connection for ever. */
const HEADERS_TIMEOUT_MS = 10_000
/** A whole request, body included. */
const REQUEST_TIMEOUT_MS = 60_000
const LISTEN_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; set PORT to a free port, or to 0 to have one picked',
  EACCES: 'this user may not; set PORT to 1024 or above',
  EADDRNOTAVAIL: 'HOST is no address of this machine',
  ENOTFOUND: 'HOST is no known name',
}

/**
 * Starts the API.
 *
 * @param port - 0 picks a free one
 * @throws {NotationError} `configuration-invalid` when it cannot listen there
 */
export async function startServer(host: string, port: number, deps: Deps): Promise<RunningServer> {
  const app = createApp(deps)
  const fetch = (request: Request, { incoming }: HttpBindings | Http2Bindings) =>
    app.fetch(request, { peerAddress: incoming.socket.remoteAddress })
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
  await listen(server, host, port)
  const { port: actual } = server.address() as AddressInfo
  return { url: `http://${shownHost(host)}:${actual}`, close: () => close(server) }
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const found = LISTEN_PROBLEMS[cause.code ?? ''] ?? cause.message
      const message = `Cannot listen on ${shownHost(host)}:${port}: ${found}`
      reject(new NotationError('configuration-invalid', message, { cause }))
    }
    server.once('error', refuse)
    server.listen(port, host, () => {
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
