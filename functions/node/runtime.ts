// What the API needs of Node.

import { nodeCrypto } from '../../shared/node/node-crypto.ts'
import type { Runtime } from '../server/runtime.ts'
import { setFetchProxy } from './fetch-proxy.ts'
import { startServer } from './server.ts'
import { createStmConnection } from './stm-connection.ts'

/** Node, as the API runs on it. */
export const nodeRuntime: Runtime = {
  crypto: nodeCrypto,
  connectStm: createStmConnection,
  startServer,
  setFetchProxy,
}
