// Entry of the API on Node: environment → settings → server, until it is told to end.

import { isNotationError } from '../shared/errors.ts'
import { setFetchProxy } from './node/fetch-proxy.ts'
import { nodeRuntime } from './node/runtime.ts'
import { startServer } from './node/server.ts'
import { createServerDeps } from './server/deps.ts'
import { readSettings } from './server/settings.ts'

try {
  await main()
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${isNotationError(error) ? reason : `Cannot start: ${reason}`}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const settings = readSettings(process.env)
  const log = (line: string): void => {
    process.stdout.write(`${line}\n`)
  }
  setFetchProxy(process.env)
  const deps = await createServerDeps(settings, log, nodeRuntime)
  const server = await startServer(settings.host, settings.port, deps)
  const end = async (): Promise<void> => {
    await server.close()
    await deps.close()
    process.exit(0)
  }
  // Once: a second signal ends the process at once, as signals do.
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  log(JSON.stringify({ time: deps.now().toISOString(), event: 'listening', url: server.url }))
}
