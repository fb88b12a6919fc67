// The API as a process: environment → settings → server, until it is told to end. SIGHUP has it read its files anew.

import { isNotationError } from '../../shared/errors.ts'
import { startApi } from './api.ts'
import type { Runtime } from './runtime.ts'
import { readSettings } from './settings.ts'

/** Serves until a signal ends it. What stops the start is told on stderr, and the exit status is 1. */
export async function runServer(runtime: Runtime): Promise<void> {
  try {
    await serve(runtime)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${isNotationError(error) ? reason : `Cannot start: ${reason}`}\n`)
    process.exitCode = 1
  }
}

async function serve(runtime: Runtime): Promise<void> {
  const settings = readSettings(process.env)
  const log = (line: string): void => {
    process.stdout.write(`${line}\n`)
  }
  runtime.setFetchProxy(process.env)
  const api = await startApi(settings, log, runtime)
  const end = async (): Promise<void> => {
    await api.close()
    process.exit(0)
  }
  // Once: a second signal ends the process at once, as signals do.
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  process.on('SIGHUP', api.reload)
  const { url, metricsUrl } = api
  log(JSON.stringify({ time: new Date().toISOString(), event: 'listening', url, metricsUrl }))
}
