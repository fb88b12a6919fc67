// What benches measure against, each in a process of its own, as the services are: its work must not be taken for
// the subject's.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
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
 */
export async function startEmulatorProcess(
  state: string,
): Promise<BackgroundProcess & { readonly environment: Readonly<Record<string, string>> }> {
  const ports = ['--port', '0', '--tsa-port', '0', '--control-port', '0', '--no-revocation']
  const main = join(ROOT, 'emulator', 'main.ts')
  const { child } = await start([main, '--state', state, ...ports])
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
): Promise<{ readonly child: ChildProcess; readonly firstLine: string }> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
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
