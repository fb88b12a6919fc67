// The API as an HTTP server on Node, and its orderly end.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createApp } from '../app.ts'
import type { Deps } from '../deps.ts'

/** A server that answers. */
export interface RunningServer {
  /** `http://127.0.0.1:8080`. */
  readonly url: string
  /** Takes no more requests, finishes those that run, then resolves. */
  close(): Promise<void>
}

/** A request's head must arrive within this time: slow senders hold no connection for ever. */
const HEADERS_TIMEOUT_MS = 10_000
/** A whole request, body included. */
const REQUEST_TIMEOUT_MS = 60_000

/**
 * Starts the API.
 *
 * @param port - 0 picks a free one
 * @throws the system's error (`code: 'EADDRINUSE'` …) when it cannot listen there
 */
export async function startServer(host: string, port: number, deps: Deps): Promise<RunningServer> {
  const listener = getRequestListener(createApp(deps).fetch, { overrideGlobalObjects: false })
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      void listener(request, response)
    },
  )
  await listen(server, host, port)
  const { port: actual } = server.address() as AddressInfo
  const name = host.includes(':') ? `[${host}]` : host
  return { url: `http://${name}:${actual}`, close: () => close(server) }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    server.closeIdleConnections()
  })
}
