// Runs the built plugin as notation does: one process, one request on stdin.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from '../../emulator/start.ts'

const ROOT = join(import.meta.dirname, '..', '..')
/** What `npm run build` writes. */
export const PLUGIN = join(ROOT, 'dist', 'notation-digicert-stm')

/** What a process that ended showed. */
export interface PluginResult {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How to run the plugin. */
export interface PluginOptions {
  readonly env: Readonly<Record<string, string>>
  /** Arguments; one command as a rule. */
  readonly args: readonly string[]
  /** What stdin holds; an object is written as JSON. */
  readonly request?: object | string | Uint8Array
  /** The executable, where it is not PLUGIN. */
  readonly file?: string
  /** The Node that runs it, where it is not this one. */
  readonly node?: string
}

/** Runs the plugin to its end, with no more environment than is given. */
export async function runPlugin(options: PluginOptions): Promise<PluginResult> {
  const { args, env, request = {}, file = PLUGIN, node = process.execPath } = options
  if (!existsSync(file)) throw new Error(`${file} is not built: run "npm run build"`)
  const child = spawn(node, [file, ...args], { env: { PATH: dirname(node), ...env } })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output.stdout += part
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    output.stderr += part
  })
  // A plugin that refuses a request early is gone before all of it is written.
  child.stdin.on('error', () => {})
  child.stdin.end(
    typeof request === 'string' || request instanceof Uint8Array
      ? request
      : JSON.stringify(request),
  )
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, ...output }
}

/** The error that a failed run showed, and proof that it showed nothing else. */
export function errorOf({ exitCode, stdout, stderr }: PluginResult): {
  readonly errorCode: string
  readonly errorMessage: string
} {
  if (exitCode !== 1 || stdout !== '' || !/^\{[^\n]*\}\n$/.test(stderr))
    throw new Error(`not one JSON error: ${JSON.stringify({ exitCode, stdout, stderr })}`)
  return JSON.parse(stderr) as { errorCode: string; errorMessage: string }
}

/** An emulator with a folder for its files and for the plugin's log. */
export interface PluginBench {
  readonly emulator: RunningEmulator
  readonly folder: string
  /** What the plugin needs, with debugging on. */
  readonly env: Readonly<Record<string, string>>
  /** Runs one command against the emulator, with changes to its environment. */
  run(
    command: string,
    request: object | string | Uint8Array,
    env?: Readonly<Record<string, string>>,
  ): Promise<PluginResult>
  /** Writes a file into the folder. */
  write(name: string, content: string | Uint8Array): string
  /** What the log holds; empty where there is none. */
  log(): string
  /** Requests to the API since the last call, as `list-keypairs 200`. */
  takeRequests(): readonly string[]
  close(): Promise<void>
}

/** Starts an emulator in this process for the plugin to talk to. */
export async function openBench(options: EmulatorOptions = {}): Promise<PluginBench> {
  const folder = mkdtempSync(join(tmpdir(), 'plugin-'))
  const emulator = await startEmulator({
    port: 0,
    tsaPort: 0,
    controlPort: 0,
    stateDir: folder,
    ...options,
  })
  const env = { ...emulator.environment, SM_HOME: folder, SM_LOG_LEVEL: 'trace' }
  const log = join(folder, 'logs', 'sm-client.log')
  let taken = 0
  return {
    emulator,
    folder,
    env,
    run: (command, request, changes = {}) =>
      runPlugin({ args: [command], request, env: { ...env, ...changes } }),
    write(name, content) {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
    log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''),
    takeRequests() {
      const requests = emulator.requests.slice(taken)
      taken = emulator.requests.length
      return requests.map(({ operation, status }) => `${operation} ${status ?? 'no answer'}`)
    },
    async close() {
      await emulator.close()
      rmSync(folder, { recursive: true })
    },
  }
}

/** A request for a key's description. */
export function keyRequest(keyId: string, pluginConfig?: object): object {
  return { contractVersion: '1.0', keyId, ...(pluginConfig === undefined ? {} : { pluginConfig }) }
}

/** A request for a signature over a text. */
export function signatureRequest(
  keyId: string,
  keySpec: string,
  text = 'to be signed',
  pluginConfig: object = {},
): object {
  const hashAlgorithm = {
    2048: 'SHA-256',
    3072: 'SHA-384',
    4096: 'SHA-512',
    256: 'SHA-256',
    384: 'SHA-384',
    521: 'SHA-512',
  }[Number(keySpec.split('-')[1])]
  const payload = Buffer.from(text, 'utf8').toString('base64')
  return { contractVersion: '1.0', keyId, keySpec, hashAlgorithm, payload, pluginConfig }
}
