// The verification of envelopes over HTTP: requests per second and the slowest answers, beside a Go server around
// notation-go that verifies the same envelopes. Both servers have one core, wrk has another.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBase64 } from '../shared/base64.ts'
import { peerPath } from '../test/peers/peers.ts'
import {
  type MeasuredServer,
  OTHER_RUNTIMES,
  startMeasuredApi,
  startReference,
} from './api-servers.ts'
import { type Load, runLoad } from './load.ts'
import { median, type Ratio } from './ratio.ts'
import {
  ARTIFACT,
  createChainSource,
  type PoolKeys,
  REFERENCE,
  signOnce,
} from './signature-pool.ts'

/** A kind of chain, and how many times notation-go's throughput is promised. */
interface Case extends PoolKeys {
  readonly name: string
  readonly fasterThanReference: number
}

const CASES: readonly Case[] = [
  { name: 'RSA-3072/RSA-3072', leaf: 'rsa-3072', authorities: 'rsa-3072', fasterThanReference: 5 },
  { name: 'P-256/P-384', leaf: 'P-256', authorities: 'P-384', fasterThanReference: 10 },
]
/** Alone a server waits for its client: that is shown, and only for the others something is promised. */
const CONNECTIONS = [1, 8, 64]
const ENVELOPES = 1000
const ROUNDS = 3
const LOAD_SECONDS = 3

/** All promises about the API's speed. Needs Linux, two cores, wrk, and what `npm run peers` builds. */
export async function run(): Promise<readonly Ratio[]> {
  if (!existsSync(peerPath('judge')))
    throw new Error('Cannot compare with notation-go: "npm run peers" builds it')
  if (spawnSync('taskset', ['-acp', '1', String(process.pid)]).status !== 0)
    throw new Error('Cannot measure the API: this machine has no taskset, or no second core')
  if (spawnSync('wrk', ['--version']).error !== undefined)
    throw new Error('Cannot measure the API: there is no wrk on PATH; Debian has it as "wrk"')
  const ratios: Ratio[] = []
  for (const one of CASES) ratios.push(...(await measure(one)))
  for (const name of RUNTIME_NAMES) ratios.push(...(await measureOther(name)))
  return ratios
}

type RuntimeName = keyof typeof OTHER_RUNTIMES
const RUNTIME_NAMES = Object.keys(OTHER_RUNTIMES) as readonly RuntimeName[]

/** Another runtime beside notation-go, with the first kind of chain. */
async function measureOther(runtime: RuntimeName): Promise<readonly Ratio[]> {
  const [one] = CASES
  if (one === undefined) return []
  const folder = await mkdtemp(join(tmpdir(), 'api-bench-'))
  const { bodies, file, folders, trustBundle } = await preparePool(one, folder)
  const own = await OTHER_RUNTIMES[runtime](folders[0], trustBundle)
  const reference = await startReference(folders[1], trustBundle)
  try {
    await expectAllVerified(own, bodies, ({ verified }) => verified === true)
    const loads = await compareLoads(own, reference, file)
    const named = { ...one, name: `${one.name} on ${runtime}`, fasterThanReference: 0 }
    return loads.flatMap((load) =>
      ratiosOf(named, load).map((row) => ({ ...row, atMost: Number.POSITIVE_INFINITY })),
    )
  } finally {
    await own.close()
    await reference.close()
    await rm(folder, { recursive: true })
  }
}

/** Envelopes that the servers have not seen, as lines of a file, and a folder for each of two servers. */
async function preparePool(one: Case, folder: string) {
  const source = createChainSource(one)
  const built = source.next()
  const bodies: string[] = []
  for (let turn = 0; turn < ENVELOPES; turn++) {
    const { mediaType, envelope } = await signOnce(built, turn)
    const signature = { mediaType, envelope: encodeBase64(envelope) }
    bodies.push(JSON.stringify({ artifactReference: REFERENCE, descriptor: ARTIFACT, signature }))
  }
  const file = join(folder, 'bodies')
  await writeFile(file, bodies.join('\n'))
  const folders = [join(folder, 'own'), join(folder, 'reference')] as const
  for (const each of folders) await mkdir(each)
  return { bodies, file, folders, trustBundle: source.trustBundle }
}

async function measure(one: Case): Promise<readonly Ratio[]> {
  const folder = await mkdtemp(join(tmpdir(), 'api-bench-'))
  const { bodies, file, folders, trustBundle } = await preparePool(one, folder)
  const own = await startMeasuredApi(folders[0], trustBundle)
  const reference = await startReference(folders[1], trustBundle)
  let loads: readonly Compared[]
  try {
    await expectAllVerified(own, bodies, ({ verified }) => verified === true)
    await expectAllVerified(reference, bodies, ({ error }) => error === null)
    loads = await compareLoads(own, reference, file)
  } finally {
    await own.close()
    await reference.close()
  }
  const checks = await own.countChecks()
  await rm(folder, { recursive: true })
  return [...loads.flatMap((load) => ratiosOf(one, load)), checkRatio(one, loads, checks)]
}

/** Else a quick refusal would be taken for speed. */
async function expectAllVerified(
  { url }: MeasuredServer,
  bodies: readonly string[],
  isVerified: (answer: { readonly verified?: unknown; readonly error?: unknown }) => boolean,
): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  for (const body of bodies) {
    const response = await fetch(url, { method: 'POST', headers, body })
    const answer = (await response.json()) as object
    if (response.status !== 200 || !isVerified(answer))
      throw new Error(`An envelope of the bench does not verify: ${JSON.stringify(answer)}`)
  }
}

interface Compared {
  readonly connections: number
  readonly own: readonly Load[]
  readonly reference: readonly Load[]
}

/** The servers in turn; the first round is a warm-up, and is kept to count its requests. */
async function compareLoads(
  own: MeasuredServer,
  reference: MeasuredServer,
  file: string,
): Promise<readonly Compared[]> {
  const compared = CONNECTIONS.map((connections) => ({
    connections,
    own: [] as Load[],
    reference: [] as Load[],
  }))
  for (let round = 0; round <= ROUNDS; round++)
    for (const { connections, ...loads } of compared) {
      const how = { connections, seconds: LOAD_SECONDS, file }
      loads.own.push(await runLoad(own.url, how))
      loads.reference.push(await runLoad(reference.url, how))
    }
  return compared
}

function ratiosOf(
  { name, fasterThanReference }: Case,
  { connections, own, reference }: Compared,
): readonly Ratio[] {
  const row = (what: string, of: (load: Load) => number, atMost: number): Ratio => {
    const [subject, baseline] = [own, reference].map((loads) => median(loads.slice(1).map(of)))
    const promised = connections === 1 ? Number.POSITIVE_INFINITY : atMost
    return ratio(`${what} at ${connections}, ${name} / notation-go`, subject, baseline, promised)
  }
  return [
    row('request', ({ msPerRequest }) => msPerRequest, 1 / fasterThanReference),
    row('p50', ({ p50Ms }) => p50Ms, 1),
    row('p99', ({ p99Ms }) => p99Ms, 1),
  ]
}

/** Whether each request was checked with a key: a cache of verdicts would be fast, and no measure. */
function checkRatio({ name }: Case, loads: readonly Compared[], checks: number): Ratio {
  const requests = loads
    .flatMap(({ own }) => own)
    .reduce((sum, load) => sum + load.requests, ENVELOPES)
  return {
    ...ratio(`requests / checks with a public key, ${name}`, requests, checks, 1),
    unit: 'in all',
  }
}

function ratio(name: string, subject = Number.NaN, baseline = Number.NaN, atMost = 1): Ratio {
  return { name, ratio: subject / baseline, atMost, subject, baseline }
}
