// The revocation servers of cases as one HTTP proxy: whoever asks through it finds at each URL what the
// case says, wherever the name leads.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CaseServer } from './corpus-case.ts'

/** A proxy that plays the servers of one case at a time. */
export interface RevocationProxy {
  readonly url: string
  /** By URL, or by its beginning. */
  answerFor(servers: Readonly<Record<string, CaseServer>>): void
  close(): Promise<void>
}

/** Starts a proxy on a free port of the loopback interface. */
export async function startRevocationProxy(): Promise<RevocationProxy> {
  let servers: Readonly<Record<string, CaseServer>> = {}
  const proxy = createServer((request, response) => {
    const url = request.url ?? ''
    const found = Object.entries(servers).find(
      ([start]) => url === start || url.startsWith(`${start}/`),
    )
    // As a closed port: the connection ends without an answer.
    if (found === undefined) {
      request.socket.destroy()
      return
    }
    const { status = 200, headers = {}, body = '' } = found[1]
    response.writeHead(status, headers).end(Buffer.from(body, 'base64'))
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    answerFor(next) {
      servers = next
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve())
        proxy.closeAllConnections()
      }),
  }
}
