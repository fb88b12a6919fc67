// Whether a port can be listened on, asked before anything is started so that the answer can name the flag.

import { createServer } from 'node:net'

/** True when nothing listens on the port of the loopback interface. A race with another program is possible and harmless: the start then fails later. */
export function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
