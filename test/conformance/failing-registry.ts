// A registry that fails in as many ways as it has repositories.

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What it does with a request for each of its repositories. */
const FAILURES = {
  denied: (response) => response.writeHead(403).end(),
  throttled: (response) => response.writeHead(429, { 'retry-after': '7' }).end(),
  unavailable: (response) => response.writeHead(503).end(),
  broken: (response) => response.socket?.destroy(),
  senseless: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
} as const satisfies Record<string, (response: ServerResponse) => unknown>
/** A repository of the failing registry. */
export type FailingRepository = keyof typeof FAILURES

/** The registry. */
export interface FailingRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  close(): Promise<void>
}

/** Starts it. */
export async function startFailingRegistry(): Promise<FailingRegistry> {
  const server = createServer((request, response) => {
    const repository = request.url?.split('/')[2] ?? ''
    if (Object.hasOwn(FAILURES, repository)) FAILURES[repository as FailingRepository](response)
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
