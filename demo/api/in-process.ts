// The API in this process, as functions/node.ts runs it.

import { nodeRuntime } from '../../functions/node/runtime.ts'
import { startServer } from '../../functions/node/server.ts'
import { createServerDeps } from '../../functions/server/deps.ts'
import { readSettings } from '../../functions/server/settings.ts'
import type { StartApi } from './start-api.ts'

/** Starts it. */
export const startApiInProcess: StartApi = async ({ environment }, log) => {
  const settings = readSettings(environment)
  const deps = await createServerDeps(settings, log, nodeRuntime)
  const server = await startServer(settings.host, settings.port, deps)
  return {
    url: server.url,
    async close() {
      await server.close()
      await deps.close()
    },
  }
}
