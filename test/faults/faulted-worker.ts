// The Worker as it is deployed, in workerd, that signs what it is told of; what it reaches can be made to fail,
// and its objects can be aborted. Nothing in the Worker itself is a test's.

import { createHash, randomBytes } from 'node:crypto'
import { convertV4MiniflareOptions, Miniflare, type Request, Response } from 'miniflare'
import { miniflareOptions } from '../../demo/api/worker-bundle.ts'
import { openClientCredential } from '../../shared/node/pkcs12/client-credential.ts'
import type { EmulatedStm } from '../interop/emulated-stm.ts'
import { workerScript } from '../support/worker-script.ts'

/** Beside the Worker, in the same process: aborts whatever Durable Objects are doing. Queues stay. */
const INTERRUPTER = {
  name: 'interrupter',
  modules: true,
  script: `import unsafe from 'workerd:unsafe'
export default {
  async fetch() {
    await unsafe.abortAllDurableObjects()
    return new Response()
  },
}`,
  compatibilityDate: '2025-09-01',
  compatibilityFlags: ['unsafe_module'],
}
const RULES_KEY = 'signing-rules'
/** Below these, images sign themselves; those of the second with a timestamp, by the emulator's authority. */
const FOLDERS = ['team', 'stamped'] as const
/** Tells of them, and of no other. */
const SOURCE = { name: 'pushes', secret: randomSecret() } as const
/** Has repositories of its own, for which there is no rule. */
const OTHER_SOURCE = { name: 'others', secret: randomSecret() } as const
const TOKEN = randomSecret()
const KEY_ID = 'ec-p256'
/** Shorter than it is by default, for tests that wait for it. */
const STM_TIMEOUT_MS = 5000

/** A job of the signing queue, as far as tests look at it. */
export interface ListedJob {
  readonly id: string
  /** Why its last attempt failed; undefined before the first. */
  readonly code?: string
}

/** A KV namespace, as far as it is written here. */
interface Namespace {
  put(key: string, value: string): Promise<void>
}

interface Service {
  fetch(url: string): Promise<unknown>
}

/** A tag that was pushed. */
export interface ToldImage {
  readonly repository: string
  readonly digest: string
  readonly tag: string
}

/** The Worker, and the world around it. */
export interface FaultedWorker {
  /** Tells of images as one event of a source does; as another source, with its own secret, where that is said. */
  readonly tell: (images: readonly ToldImage[], by?: 'another source') => Promise<void>
  readonly jobs: (state: 'queued' | 'active' | 'dead') => Promise<readonly ListedJob[]>
  /** Asks an operator's operation of the API: POST with a body, GET without one. */
  readonly ask: (path: string, body?: object) => Promise<unknown>
  /** Throws every Durable Object out of memory in the midst of what it does: calls of it fail, what it stored stays. */
  readonly abortObjects: () => Promise<void>
  /** Makes the rules a document that nobody can read: whatever the Worker is called for, it throws. */
  readonly breakRules: () => Promise<void>
  readonly mendRules: () => Promise<void>
  /** Lines that the Worker logged, parsed. */
  readonly log: readonly { readonly event?: string; readonly outcome?: string }[]
  /** Called for each request but those to Software Trust Manager: answers in place of who was asked, or throws. */
  intercept: ((request: Request) => Promise<Response | undefined>) | undefined
  readonly close: () => Promise<void>
}

/** Starts it, for the images of one registry. */
export async function startFaultedWorker(
  registry: string,
  stm: EmulatedStm,
): Promise<FaultedWorker> {
  const log: FaultedWorker['log'][number][] = []
  const worker = await startMiniflare(registry, stm, {
    outbound: async (request) => (await faulted.intercept?.(request)) ?? forward(request),
    log: (line) => log.push(JSON.parse(line)),
  })
  const namespace = (await worker.getKVNamespace('TRUST')) as unknown as Namespace
  const rules = JSON.stringify(rulesOf(registry))
  await namespace.put(RULES_KEY, rules)
  const faulted: FaultedWorker = {
    ...clientOf(worker),
    log,
    intercept: undefined,
    async abortObjects() {
      const interrupter = (await worker.getWorker(INTERRUPTER.name)) as unknown as Service
      await interrupter.fetch('http://interrupter/')
    },
    breakRules: () => namespace.put(RULES_KEY, '{'),
    mendRules: () => namespace.put(RULES_KEY, rules),
    close: () => worker.dispose(),
  }
  return faulted
}

async function startMiniflare(
  registry: string,
  stm: EmulatedStm,
  hooks: Pick<Parameters<typeof miniflareOptions>[0], 'outbound' | 'log'>,
): Promise<Miniflare> {
  const { clientP12, clientP12Password, tlsRootPem, url, apiKey } = stm.emulator
  const { key, cert } = openClientCredential(clientP12, clientP12Password, new Date())
  const options = miniflareOptions({
    script: await workerScript(),
    bindings: {
      CONFIG: JSON.stringify(configurationOf(registry, stm)),
      SM_HOST: url,
      SM_API_KEY: apiKey,
      SM_CONN_TIMEOUT: String(STM_TIMEOUT_MS),
    },
    stm: { key, cert, ca: tlsRootPem },
    configuration: 'signing',
    ...hooks,
  })
  const interrupter = convertV4MiniflareOptions(INTERRUPTER)
  return new Miniflare({ ...options, workers: [...options.workers, ...interrupter.workers] })
}

/** Speaks to the API as a source and as an operator. */
function clientOf(worker: Miniflare): Pick<FaultedWorker, 'tell' | 'jobs' | 'ask'> {
  const request = async (path: string, body: object | undefined, token: string) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const response = await worker.dispatchFetch(`http://api${path}`, { ...init, headers })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return (await response.json()) as unknown
  }
  const ask = (path: string, body?: object) => request(path, body, TOKEN)
  return {
    async tell(images, by) {
      const { name, secret } = by === undefined ? SOURCE : OTHER_SOURCE
      const events = images.map(({ repository, digest, tag }) => ({ repository, digest, tag }))
      await request(`/v1/events/${name}`, { events }, secret)
    },
    async jobs(state) {
      const listed = await ask(`/v1/signing-jobs?state=${state}`)
      return (listed as { jobs: readonly ListedJob[] }).jobs
    },
    ask,
  }
}

/** Gives what is asked for, as it is: redirects are the Worker's to follow. */
export async function forward(request: Request): Promise<Response> {
  const { method, url, headers } = request
  const body = method === 'GET' || method === 'HEAD' ? null : await request.arrayBuffer()
  const answer = await fetch(url, { method, headers: [...headers], body, redirect: 'manual' })
  const isEmpty = [204, 304].includes(answer.status) || method === 'HEAD'
  return new Response(isEmpty ? null : await answer.arrayBuffer(), {
    status: answer.status,
    headers: [...answer.headers],
  })
}

function configurationOf(registry: string, { emulator }: EmulatedStm): object {
  const sources = [
    { ...SOURCE, repositories: FOLDERS.map((folder) => `${folder}/**`) },
    { ...OTHER_SOURCE, repositories: ['others/**'] },
  ]
  return {
    registries: [{ host: registry }],
    insecureRegistries: [registry],
    timestampAuthorities: [
      { name: 'emulator', url: emulator.tsaUrl, rootCertificates: [emulator.tsaRootPem] },
    ],
    sources: sources.map(({ secret, ...source }) => ({
      ...source,
      type: 'generic',
      registry,
      auth: { method: 'bearer', secret },
    })),
    callers: [
      {
        name: 'operator',
        tokenSha256: createHash('sha256').update(TOKEN).digest('hex'),
        permissions: ['jobs', 'sweep', 'verify'],
        repositories: ['*'],
      },
    ],
  }
}

function rulesOf(registry: string): object {
  const [team, stamped] = FOLDERS.map((name) => ({
    name,
    repositories: [`${registry}/${name}/**`],
    keyId: KEY_ID,
  }))
  return {
    version: '1.0',
    rules: [team, { ...stamped, timestampAuthority: 'emulator' }],
  }
}

function randomSecret(): string {
  return randomBytes(24).toString('base64url')
}
