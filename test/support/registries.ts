// Real registries as processes of the test's own, in memory unless said, on ports of the loopback interface.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

/** A registry that answers over plain HTTP. */
export interface RegistryProcess {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  close(): Promise<void>
}

/** How long a registry may take to answer first. */
const START_TIMEOUT_MS = 20_000
const POLL_MS = 20

/** A user of a registry that asks for a password: bcrypt of it, made for tests. */
export const REGISTRY_USER = { username: 'robot', password: 'planted-password' } as const
const HTPASSWD = 'robot:$2a$04$sVvJfqcQMFYlMbOY/iugOuTIJ6kJDtUiFkvsEhGie0.5yl0lX0.26'

/** Where a registry sends its events. */
export interface EventEndpoint {
  readonly url: string
  /** Whole value of the header `Authorization`. */
  readonly authorization: string
  /** Whether it leaves out what tells of no pushed manifest. */
  readonly ignores: boolean
}

/**
 * CNCF Distribution: no referrers API.
 *
 * @param hasUsers - whether it asks for REGISTRY_USER; else it is open
 * @param metricsPort - where it tells of the requests it had, at `/metrics`; it tells nobody without one
 * @param storage - a folder that outlives it, and its port: what another one goes on with; else memory and a free port
 */
export async function startDistribution(
  binary: string,
  {
    hasUsers = false,
    events,
    metricsPort,
    storage,
  }: {
    readonly hasUsers?: boolean
    readonly events?: EventEndpoint
    readonly metricsPort?: number
    readonly storage?: { readonly folder: string; readonly port: number }
  } = {},
): Promise<RegistryProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'distribution-'))
  const configuration = join(folder, 'config.yml')
  const port = storage?.port ?? (await freePort())
  const lines = [
    'version: 0.1',
    'log: {level: error, accesslog: {disabled: true}}',
    `storage: {${driverOf(storage?.folder)}, delete: {enabled: true}}`,
    `http: {addr: "127.0.0.1:${port}"${debugPort(metricsPort)}}`,
  ]
  if (hasUsers) {
    const users = join(folder, 'users')
    await writeFile(users, HTPASSWD)
    lines.push(`auth: {htpasswd: {realm: test, path: ${JSON.stringify(users)}}}`)
  }
  if (events !== undefined) lines.push(...notifications(events))
  await writeFile(configuration, lines.join('\n'))
  const registry = await startProcess(binary, ['serve', configuration], port)
  return {
    host: registry.host,
    async close() {
      await registry.close()
      await rm(folder, { recursive: true })
    },
  }
}

function driverOf(folder: string | undefined): string {
  if (folder === undefined) return 'inmemory: {}'
  return `filesystem: {rootdirectory: ${JSON.stringify(folder)}}`
}

function debugPort(metricsPort: number | undefined): string {
  if (metricsPort === undefined) return ''
  return `, debug: {addr: "127.0.0.1:${metricsPort}", prometheus: {enabled: true, path: /metrics}}`
}

function notifications({ url, authorization, ignores }: EventEndpoint): readonly string[] {
  return [
    'notifications:',
    '  endpoints:',
    '    - name: signing',
    `      url: ${url}`,
    `      headers: {Authorization: [${JSON.stringify(authorization)}]}`,
    '      timeout: 1s',
    '      threshold: 3',
    '      backoff: 100ms',
    ...(ignores
      ? ['      ignore: {actions: [pull, mount, delete], mediatypes: [application/octet-stream]}']
      : []),
  ]
}

/** olareg: has the referrers API. */
export async function startOlareg(binary: string): Promise<RegistryProcess> {
  const port = await freePort()
  const args = ['serve', '--addr', '127.0.0.1', '--port', `${port}`, '--store-type', 'mem']
  return startProcess(binary, args, port)
}

async function startProcess(
  binary: string,
  args: readonly string[],
  port: number,
): Promise<RegistryProcess> {
  const child = spawn(binary, args, { stdio: 'ignore' })
  const host = `127.0.0.1:${port}`
  const close = () => end(child)
  try {
    await answers(host, child)
    return { host, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function answers(host: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(`http://${host}/v2/`).catch(() => undefined)
    // 401: it asks for a password, so it answers.
    if (response?.ok || response?.status === 401) return
    await wait(POLL_MS)
  }
  throw new Error(`${child.spawnfile} does not answer on ${host}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

/** A port that was free a moment ago: these registries do not tell which one they picked. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
