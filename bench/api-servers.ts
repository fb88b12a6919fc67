// The servers that are compared, each on the same one core: the API on Node, on Deno and in workerd, and a Go server
// around notation-go. All trust the same bundle.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { JsonValue } from '../shared/json.ts'
import { peerPath } from '../test/peers/peers.ts'
import { DENO_PATH } from '../test/peers/runtimes.ts'

/** A server that verifies what is posted to it. */
export interface MeasuredServer {
  /** Takes a request of `POST /v1/verify`. */
  readonly url: string
  /** Ends it. */
  close(): Promise<void>
}

/** The API, with a count of its checks. */
export interface CountingServer extends MeasuredServer {
  /** Checks with public keys that it made in all; to be asked once it has ended. */
  countChecks(): Promise<number>
}

const ROOT = join(import.meta.dirname, '..')
const COUNTER = join(ROOT, 'bench', 'count-checks.ts')
const API = join(ROOT, 'functions', 'node.ts')
const POLL_MS = 50
/** Runs a program on the servers' core. */
const ON_SERVER_CORE = ['taskset', '-c', '0'] as const

/** Starts the API, without a signer. @param folder - an empty one */
export async function startMeasuredApi(
  folder: string,
  trustBundle: JsonValue,
): Promise<CountingServer> {
  const [trustFile, checksFile] = [join(folder, 'trust-bundle.json'), join(folder, 'checks')]
  await writeFile(trustFile, JSON.stringify(trustBundle))
  const environment = {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    PORT: '0',
    TRUST_BUNDLE: trustFile,
    CHECKS_FILE: checksFile,
  }
  const command = [process.execPath, '--import', COUNTER, API]
  return {
    ...(await startOnServerCore(folder, command, environment)),
    countChecks: async () => Number(await readFile(checksFile, 'utf8')),
  }
}

/** The API's other runtimes, which are shown beside and promise nothing. */
export const OTHER_RUNTIMES = {
  Deno: (folder, trustBundle) =>
    startOther(folder, trustBundle, () => [
      DENO_PATH,
      'run',
      '--no-prompt',
      '--allow-all',
      '--cached-only',
      join(ROOT, 'functions', 'deno.ts'),
    ]),
  workerd: (folder, trustBundle) =>
    startOther(folder, trustBundle, (trustFile) => [
      process.execPath,
      join(ROOT, 'bench', 'workerd-server.ts'),
      trustFile,
    ]),
} as const satisfies Record<
  string,
  (folder: string, trustBundle: JsonValue) => Promise<MeasuredServer>
>

async function startOther(
  folder: string,
  trustBundle: JsonValue,
  commandOf: (trustFile: string) => readonly string[],
): Promise<MeasuredServer> {
  const trustFile = join(folder, 'trust-bundle.json')
  await writeFile(trustFile, JSON.stringify(trustBundle))
  const environment = {
    HOME: folder,
    XDG_CONFIG_HOME: folder,
    PORT: '0',
    TRUST_BUNDLE: trustFile,
  }
  return startOnServerCore(folder, commandOf(trustFile), environment)
}

async function startOnServerCore(
  folder: string,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<MeasuredServer> {
  const log = await open(join(folder, 'log'), 'w+')
  const [program, ...args] = [...ON_SERVER_CORE, ...command]
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { env, stdio: ['ignore', log.fd, 'inherit'] })
  const ended = once(child, 'exit')
  return {
    url: `${await findUrl(child, join(folder, 'log'))}/v1/verify`,
    async close() {
      child.kill('SIGTERM')
      await ended
      await log.close()
    },
  }
}

/** The log is a file: a pipe would make the server wait for its reader, which shares its core with wrk. */
async function findUrl(child: ChildProcess, log: string): Promise<string> {
  for (;;) {
    const [, url] = /"event":"listening","url":"([^"]+)"/.exec(await readFile(log, 'utf8')) ?? []
    if (url !== undefined) return url
    if (child.exitCode !== null) throw new Error('Cannot start the API, it says why above')
    await setTimeout(POLL_MS)
  }
}

/** Starts notation-go's server. @param folder - an empty one */
export async function startReference(
  folder: string,
  trustBundle: JsonValue,
): Promise<MeasuredServer> {
  const file = join(folder, 'bundle.json')
  await writeFile(file, JSON.stringify(trustBundle))
  const [program, ...args] = [...ON_SERVER_CORE, peerPath('judge'), '-serve', file]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [line] = await Promise.race([once(child.stdout, 'data'), ended.then(() => [undefined])])
  if (line === undefined) throw new Error('Cannot start the server around notation-go')
  return {
    url: String(line).trim(),
    async close() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
