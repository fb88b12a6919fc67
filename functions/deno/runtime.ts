// What the API needs of Deno.

import { webCrypto } from '../../shared/web-crypto.ts'
import type { Runtime } from '../server/runtime.ts'
import type { DenoApi } from './deno-api.ts'
import { startServer } from './server.ts'
import { createStmConnection } from './stm-connection.ts'

declare const Deno: DenoApi

/** Deno, as the API runs on it. */
export const denoRuntime: Runtime = {
  crypto: webCrypto,
  connectStm: (settings, deps) => createStmConnection(Deno, settings, deps),
  startServer: async (address, handle) => startServer(Deno, address, handle),
  // Deno's fetch reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY by itself.
  setFetchProxy() {},
}
