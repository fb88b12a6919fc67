// What signs on push, each part in a process of its own, so that each can be killed: CNCF Distribution, which tells
// the API of pushes, and the API on Node. The emulator runs in the test's process, which counts what it is asked.

import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type PushedImage, pushImage } from '../../demo/image.ts'
import { type EmulatedStm, startEmulatedStm } from '../interop/emulated-stm.ts'
import { type ApiFolder, type ApiProcess, createApiFolder } from '../support/api-process.ts'
import type { FaultRow } from '../support/fault-table.ts'
import type { Notation } from '../support/notation.ts'
import { freePort, type RegistryProcess, startDistribution } from '../support/registries.ts'
import { listUnderTag, mendTornList } from './signature-list.ts'

/** Our profile's key. */
export const KEY_ID = 'ec-p256'
/** Below these, images sign themselves; those of the second with a timestamp, by the emulator's authority. */
const FOLDERS = ['team', 'stamped'] as const
const TAG = 'v1'
const POLL_MS = 25
/** Whatever failed, all is signed by then. */
const PATIENCE_MS = 60_000

/** An image of the registry. */
export interface TestImage extends PushedImage {
  readonly repository: string
}

/** A job of the signing queue, as far as tests look at it. */
export interface QueuedJob {
  readonly id: string
  readonly task: { readonly repository?: string }
  /** Attempts that have ended, be it with their worker. */
  readonly attempts: number
  /** Why its last attempt failed; undefined before the first. */
  readonly code?: string
}

type JobState = 'queued' | 'active' | 'dead'
type ListJobs = (url: string, state: JobState) => Promise<readonly QueuedJob[]>

/** What came of the images that were pushed: the figures of a row of the fault table. */
export type Settled = Pick<
  Required<FaultRow>,
  'images' | 'signatures' | 'signRequests' | 'requeued' | 'dead'
>

/** All of it, running; the API is the test's to start. */
export interface SigningStack {
  readonly stm: EmulatedStm
  /** For files of the test's; removed by close. */
  readonly folder: string
  readonly host: string
  /** Where the registry tells of pushes to: a process that is to hear of them listens there. */
  readonly apiPort: number
  /** Starts the API with these variables beside those of the stack. */
  readonly startApi: (environment: Readonly<Record<string, string>>) => ApiProcess
  readonly killRegistry: () => Promise<void>
  readonly restartRegistry: () => Promise<void>
  /** See mendTornList. @returns how many lists were torn */
  readonly mendTornLists: (images: readonly TestImage[]) => Promise<number>
  /** Pushes images at the same time, each to a repository of its own below `team/…` or `stamped/…`. */
  readonly push: (prefix: string, count: number) => Promise<readonly TestImage[]>
  /** Of each image. */
  readonly countSignatures: (images: readonly TestImage[]) => Promise<readonly number[]>
  /** Digests of the signatures that an image's fallback tag lists. */
  readonly listSignatures: (image: TestImage) => Promise<readonly string[]>
  /** Waits until each image has a signature, one at least, and the API at `url` has nothing to do. */
  readonly settle: (url: string, images: readonly TestImage[]) => Promise<Settled>
  /** Whether the API at `url` has heard of each image: it is signed, or a task for it is there. */
  readonly isAllKnown: (url: string, images: readonly TestImage[]) => Promise<boolean>
  readonly listJobs: ListJobs
  /** Asks an operator's operation of the API. */
  readonly ask: (url: string, path: string, body?: object) => Promise<unknown>
  /** Sign requests since images were last pushed. */
  readonly countSignRequests: () => number
  readonly close: () => Promise<void>
}

/**
 * Starts it.
 *
 * @param binary - of Distribution
 * @param isLasting - whether the registry keeps its images in a folder, so that it can be killed and started again
 */
export async function startSigningStack(
  binary: string,
  { isLasting = false }: { readonly isLasting?: boolean } = {},
): Promise<SigningStack> {
  const [stm, folder, apiPort] = [
    await startEmulatedStm(),
    await createApiFolder(),
    await freePort(),
  ]
  const [secret, token] = [randomSecret(), randomSecret()]
  const options = {
    events: {
      url: `http://127.0.0.1:${apiPort}/v1/events/pushes`,
      authorization: `Bearer ${secret}`,
      ignores: true,
    },
    ...(isLasting
      ? { storage: { folder: join(folder.path, 'registry'), port: await freePort() } }
      : {}),
  }
  let registry: RegistryProcess = await startDistribution(binary, options)
  const { host } = registry
  const files = await writeFiles(folder, host, stm, { secret, token })
  const ask = (url: string, path: string, body?: object) => askApi(`${url}${path}`, token, body)
  const listSignatures = (image: TestImage) => listUnderTag(host, image)
  let requestsBefore = 0
  const countSignRequests = () => requestsSoFar(stm) - requestsBefore
  const countSignatures = async (images: readonly TestImage[]) => {
    const listed = await Promise.all(images.map(listSignatures))
    return listed.map(({ length }) => length)
  }
  return {
    stm,
    folder: folder.path,
    host,
    apiPort,
    startApi: (environment) =>
      folder.start({ ...stm.emulator.environment, ...files, ...environment }),
    killRegistry: () => registry.close(),
    async restartRegistry() {
      registry = await startDistribution(binary, options)
    },
    mendTornLists: async (images) => {
      const mended = await Promise.all(images.map((image) => mendTornList(host, image)))
      return mended.filter(Boolean).length
    },
    push(prefix, count) {
      requestsBefore = requestsSoFar(stm)
      return pushAll(host, prefix, count)
    },
    countSignatures,
    listSignatures,
    async settle(url, images) {
      const jobs = await settle(
        (state) => listJobs(ask, url, state),
        async () => !(await countSignatures(images)).includes(0),
      )
      const signatures = (await countSignatures(images)).reduce((sum, count) => sum + count, 0)
      return { images: images.length, signatures, signRequests: countSignRequests(), ...jobs }
    },
    async isAllKnown(url, images) {
      const jobs = [
        ...(await listJobs(ask, url, 'queued')),
        ...(await listJobs(ask, url, 'active')),
      ]
      const waiting = new Set(jobs.map(({ task }) => task.repository))
      const unsigned = images.filter(({ repository }) => !waiting.has(repository))
      return !(await countSignatures(unsigned)).includes(0)
    },
    listJobs: (url, state) => listJobs(ask, url, state),
    ask,
    countSignRequests,
    async close() {
      await folder.close()
      await registry.close()
      await stm.close()
    },
  }
}

/** Waits until something holds. @throws {Error} when it does not for long */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come about')
    await wait(POLL_MS)
  }
}

/** How many images the real notation verifies, by what it is set up to trust. */
export async function countVerified(
  notation: Notation,
  host: string,
  images: readonly TestImage[],
): Promise<number> {
  const ended = await Promise.all(
    images.map(({ repository, digest }) =>
      notation.run(['verify', '--insecure-registry', `${host}/${repository}@${digest}`]),
    ),
  )
  return ended.filter(({ exitCode }) => exitCode === 0).length
}

/** Ends a process without a warning. */
export async function kill(api: ApiProcess): Promise<void> {
  api.signal('SIGKILL')
  await api.ended
}

function randomSecret(): string {
  return randomBytes(24).toString('base64url')
}

async function writeFiles(
  folder: ApiFolder,
  host: string,
  { emulator }: EmulatedStm,
  { secret, token }: { readonly secret: string; readonly token: string },
): Promise<Readonly<Record<string, string>>> {
  const configuration = {
    registries: [{ host }],
    insecureRegistries: [host],
    timestampAuthorities: [
      { name: 'emulator', url: emulator.tsaUrl, rootCertificates: [emulator.tsaRootPem] },
    ],
    sources: [
      {
        name: 'pushes',
        type: 'distribution',
        registry: host,
        repositories: FOLDERS.map((name) => `${name}/**`),
        auth: { method: 'bearer', secret },
      },
    ],
    callers: [
      {
        name: 'operator',
        tokenSha256: createHash('sha256').update(token).digest('hex'),
        permissions: ['jobs', 'sweep'],
        repositories: ['*'],
      },
    ],
  }
  const [team, stamped] = FOLDERS.map((name) => ({
    name,
    repositories: [`${host}/${name}/**`],
    keyId: KEY_ID,
  }))
  const rules = [team, { ...stamped, timestampAuthority: 'emulator' }]
  return {
    CONFIG: await folder.write('config.json', configuration),
    SIGNING_RULES: await folder.write('signing-rules.json', { version: '1.0', rules }),
  }
}

async function askApi(url: string, token: string, body: object | undefined): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const response = await fetch(url, { ...init, headers })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}

async function listJobs(
  ask: SigningStack['ask'],
  url: string,
  state: JobState,
): Promise<readonly QueuedJob[]> {
  const { jobs } = (await ask(url, `/v1/signing-jobs?state=${state}`)) as {
    jobs: readonly QueuedJob[]
  }
  return jobs
}

async function settle(
  jobs: (state: JobState) => Promise<readonly QueuedJob[]>,
  isSigned: () => Promise<boolean>,
): Promise<Pick<Settled, 'requeued' | 'dead'>> {
  const requeued = new Set<string>()
  await until(async () => {
    const [queued, active] = [await jobs('queued'), await jobs('active')]
    // Each waits a second at least: none is missed between two looks.
    for (const { id, code } of queued) if (code !== undefined) requeued.add(id)
    return queued.length + active.length === 0 && (await isSigned())
  })
  return { requeued: requeued.size, dead: (await jobs('dead')).length }
}

function requestsSoFar({ emulator }: EmulatedStm): number {
  return emulator.requests.filter(({ operation }) => operation === 'sign').length
}

function pushAll(host: string, folder: string, count: number): Promise<readonly TestImage[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const repository = `${folder}/${i}`
      return { ...(await pushImage(host, repository, TAG)), repository }
    }),
  )
}
