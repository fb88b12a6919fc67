// Starts the in-memory registry on Node, on the loopback interface.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createRegistryApp, type RegistryOptions } from './app.ts'

/** A registry that answers. */
export interface RunningRegistry {
  /** `127.0.0.1:PORT`, plain HTTP. */
  readonly host: string
  /** Ends it; what was pushed is gone. */
  close(): Promise<void>
}

/**
 * Starts a registry.
 *
 * @throws {Error} when the port is in use
 */
export async function startRegistry(
  options: RegistryOptions & {
    /** 0, the default, picks a free one. */ readonly port?: number
  } = {},
): Promise<RunningRegistry> {
  const { port = 0, ...appOptions } = options
  const server = createAdaptorServer({ fetch: createRegistryApp(appOptions).fetch }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const found = cause.code === 'EADDRINUSE' ? 'it is in use' : cause.message
      reject(new Error(`Cannot start the registry on port ${port}: ${found}`, { cause }))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
