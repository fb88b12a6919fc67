// Entry of the API on Node: environment → settings → server, until it is told to end.

import { isNotationError } from '../shared/errors.ts'
import { createApiDeps } from './node/deps.ts'
import { startServer } from './node/server.ts'
import { readSettings } from './node/settings.ts'

try {
  const settings = readSettings(process.env)
  const deps = await createApiDeps(settings, (line) => process.stdout.write(`${line}\n`))
  const server = await startServer(settings.host, settings.port, deps)
  process.stdout.write(
    `${JSON.stringify({ time: deps.now().toISOString(), event: 'listening', url: server.url })}\n`,
  )
  const end = (): void => {
    void server.close().then(() => process.exit(0))
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`)
  process.exitCode = 1
}

function reasonOf(error: unknown): string {
  if (isNotationError(error)) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return 'Cannot start: another program listens there; set PORT to a free port, or 0 to have one picked'
  }
  return `Cannot start: ${error instanceof Error ? error.message : String(error)}`
}
