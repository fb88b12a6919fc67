// What benches measure against, each in a process of its own, as the services are: its work must not be taken for
// the subject's.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A process that runs until it is ended. */
export interface BackgroundProcess {
  end(): Promise<void>
}

const ROOT = join(import.meta.dirname, '..')
const REGISTRY = pathToFileURL(join(ROOT, 'demo', 'registry', 'start.ts')).href
const REGISTRY_SCRIPT = `
  const { startRegistry } = await import(${JSON.stringify(REGISTRY)})
  console.log((await startRegistry()).host)
`

/**
 * Starts the emulator on free ports.
 *
 * @param state - an empty folder for its files
 * @param journal - a file that gets a line for each request; nobody else hears of them
 */
export async function startEmulatorProcess(
  state: string,
  journal?: string,
): Promise<BackgroundProcess & { readonly environment: Readonly<Record<string, string>> }> {
  const ports = ['--port', '0', '--tsa-port', '0', '--control-port', '0', '--no-revocation']
  const main = join(ROOT, 'emulator', 'main.ts')
  const { child } = await start([main, '--state', state, ...ports], journal)
  const environment = JSON.parse(readFileSync(join(state, 'env.json'), 'utf8'))
  return { environment, end: () => end(child) }
}

/** Starts the registry in memory, without files, on a free port. */
export async function startRegistryProcess(): Promise<
  BackgroundProcess & { readonly host: string }
> {
  const { child, firstLine } = await start(['--input-type=module', '-e', REGISTRY_SCRIPT])
  return { host: firstLine, end: () => end(child) }
}

/** It says where it listens when it does. */
async function start(
  args: readonly string[],
  errors?: string,
): Promise<{ readonly child: ChildProcess; readonly firstLine: string }> {
  // A pipe that nobody reads would stop it.
  const stderr = openSync(errors ?? devNull, 'a')
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', stderr] })
  closeSync(stderr)
  if (child.stdout === null) throw new Error('Cannot run the bench: a process has no output')
  const [said] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => [undefined]),
  ])
  if (said === undefined) throw new Error(`Cannot run the bench: ${args[0]} did not start`)
  const [firstLine = ''] = String(said).split('\n')
  return { child, firstLine }
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
