// A registry behind a door that holds back some requests until it is opened: for one of two tools that write the same
// tag, so that their writes fall as a test wants them.

import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A door before a registry. */
export interface Door {
  /** Reaches the registry through it: `127.0.0.1:PORT`. */
  readonly host: string
  /** Requests that wait. */
  readonly held: () => number
  /** Lets them go on, and all that come later. */
  readonly open: () => void
  readonly close: () => Promise<void>
}

/**
 * Puts a door before a registry.
 *
 * @param registry - `127.0.0.1:5000`
 * @param isHeld - of a request that comes while it is shut
 */
export async function startDoor(
  registry: string,
  isHeld: (request: IncomingMessage) => boolean,
): Promise<Door> {
  const opened = Promise.withResolvers<void>()
  let held = 0
  const server = createServer(async (incoming, outgoing) => {
    if (isHeld(incoming)) {
      held += 1
      await opened.promise
    }
    const { method, url, headers } = incoming
    // The header Host stays: where the registry redirects to leads through the door again.
    const forwarded = request(`http://${registry}${url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.once('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: () => held,
    open: () => opened.resolve(),
    async close() {
      opened.resolve()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
