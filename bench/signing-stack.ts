// What signs on push, each part in a process of its own: CNCF Distribution, which tells the API of pushes, the API on
// Node with its queue in a folder, the emulator, a notation with the plugin, and the bare script to compare with.

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createNotationWithPlugin, type Notation } from '../test/support/notation.ts'
import { peer } from '../test/support/peers.ts'
import { freePort, startDistribution } from '../test/support/registries.ts'
import { startEmulatorProcess } from './background-process.ts'
import type { BareOrder } from './signing-bare.ts'
import {
  countStmRequests,
  followSigning,
  type SigningLog,
  type StmRequests,
} from './signing-log.ts'
import { expectStatus } from './signing-push.ts'

/** All of it, running. */
export interface SigningStack {
  /** Of the registry: `127.0.0.1:5000`. */
  readonly host: string
  readonly log: SigningLog
  /** Trusts what the emulator's keys sign, and signs with `--plugin digicert-stm --id KEY_ID`. */
  readonly notation: Notation
  readonly countStm: () => StmRequests
  /** Requests that the registry has answered, whoever asked. */
  readonly countRegistry: () => Promise<number>
  /** Lets the bare script sign images. @returns milliseconds */
  readonly signBarely: (order: BareOrder) => Promise<number>
  readonly close: () => Promise<void>
}

/** Both the API and the plugin sign with it. */
export const KEY_ID = 'ec-p256'
const ROOT = join(import.meta.dirname, '..')
const POLL_MS = 20
const TRUST_POLICY = { trustStores: ['ca:stm'], override: { revocation: 'skip' } }

/** Starts it; undefined where a peer is missing. */
export async function startSigningStack(): Promise<SigningStack | undefined> {
  const [distribution, binary] = [peer('distribution'), peer('notation')]
  if (distribution === undefined || binary === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'signing-bench-'))
  const [journal, secret] = [join(folder, 'journal'), randomBytes(24).toString('base64url')]
  const [apiPort, metricsPort] = [await freePort(), await freePort()]
  const emulator = await startEmulatorProcess(folder, journal)
  const events = {
    url: `http://127.0.0.1:${apiPort}/v1/events/pushes`,
    authorization: `Bearer ${secret}`,
    ignores: true,
  }
  const registry = await startDistribution(distribution, { events, metricsPort })
  const { host } = registry
  const files = writeApiFiles(folder, host, secret)
  const api = await startApi(folder, { ...emulator.environment, ...files, PORT: `${apiPort}` })
  const notation = await createNotationWithPlugin(binary, emulator.environment)
  const root = readFileSync(join(folder, 'signing-root.pem'), 'utf8')
  await notation.addCertificate('ca', 'stm', root)
  await notation.setPolicy(TRUST_POLICY)
  const bare = fork(join(import.meta.dirname, 'signing-bare.ts'))
  return {
    host,
    log: followSigning(api.log),
    notation,
    countStm: () => countStmRequests(journal),
    countRegistry: () => countAnswers(metricsPort),
    async signBarely(order) {
      bare.send(order)
      const [milliseconds] = await once(bare, 'message')
      return Number(milliseconds)
    },
    async close() {
      await Promise.all([end(bare), end(api.child), registry.close(), notation.close()])
      await emulator.end()
      rmSync(folder, { recursive: true })
    },
  }
}

function writeApiFiles(folder: string, host: string, secret: string) {
  const configuration = {
    registries: [{ host }],
    insecureRegistries: [host],
    sources: [
      {
        name: 'pushes',
        type: 'distribution',
        registry: host,
        repositories: ['bench/signed/**'],
        auth: { method: 'bearer', secret },
      },
    ],
  }
  const rules = {
    version: '1.0',
    rules: [{ name: 'all', repositories: [`${host}/bench/signed/**`], keyId: KEY_ID }],
  }
  const files = { CONFIG: join(folder, 'config'), SIGNING_RULES: join(folder, 'rules') }
  writeFileSync(files.CONFIG, JSON.stringify(configuration))
  writeFileSync(files.SIGNING_RULES, JSON.stringify(rules))
  return { ...files, QUEUE_DIR: join(folder, 'queue') }
}

async function startApi(folder: string, environment: Readonly<Record<string, string>>) {
  const log = join(folder, 'log')
  const env = { HOME: folder, XDG_CONFIG_HOME: folder, ...environment }
  const stdio = ['ignore', openSync(log, 'a'), 'inherit'] as const
  const args = [join(ROOT, 'functions', 'node.ts')]
  const child = spawn(process.execPath, args, { env, stdio: [...stdio] })
  while (!readFileSync(log, 'utf8').includes('"event":"listening"')) {
    if (child.exitCode !== null) throw new Error('Cannot start the API, it says why above')
    await wait(POLL_MS)
  }
  return { child, log }
}

/** Distribution's own count, by handler, method and status. */
async function countAnswers(metricsPort: number): Promise<number> {
  const { body } = await expectStatus(200, `http://127.0.0.1:${metricsPort}/metrics`)
  const counts = Buffer.from(body)
    .toString()
    .matchAll(/^registry_http_requests_total\{.*\} (\S+)$/gm)
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0)
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
