// One soak: the stack with faults, connections that sign and verify until the time is up, and the audit of what
// they left. Which requests a connection makes stands in soak-connection.ts.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { startApiOnNode } from '../demo/api/on-node.ts'
import { FREE_PORTS, REPOSITORY, type Stack, startStack } from '../demo/stack.ts'
import type { Fault } from '../emulator/faults.ts'
import type { Operation } from '../emulator/journal.ts'
import { median } from './ratio.ts'
import { type SignAttempt, SoakConnection } from './soak-connection.ts'

/** How long, and how much at once. */
export interface SoakOptions {
  readonly seconds: number
  readonly connections: number
}

/** What was seen. */
export interface SoakReport {
  readonly requests: number
  /** How often each answer came: "sign 200", "sign 503 signer-unavailable". */
  readonly answers: ReadonlyMap<string, number>
  /** Answers of the service and the timestamp authority in all, and those that were 429 or 503. */
  readonly asked: number
  readonly refused: number
  /** Signatures that the service made, by its journal. */
  readonly spent: number
  /** Signature manifests in the registry. */
  readonly published: number
  /** Median of the API's resident memory in each tenth of the run, in MiB. */
  readonly residentMib: readonly number[]
  /** Whatever must not be, a sentence each. */
  readonly violations: readonly string[]
}

/** Operations that signing asks the service and the timestamp authority for. */
const ASKED: readonly Operation[] = ['list-keypairs', 'get-keypair', 'sign', 'timestamp']
/** One in ten in all: what the first leaves of the answers, the second has its share of. */
const FAULTS: readonly Fault[] = ASKED.flatMap((on) => [
  { on, answer: 'throttled', share: 1 / 20 } as const,
  { on, answer: 'unavailable', share: 1 / 19 } as const,
])
/** Of the emulator; the API logs JSON. */
const JOURNAL_LINE = /^\w+ \S+ (\S+) (\d+) /
const SAMPLES_PER_SECOND = 20
const TENTHS = 10
/** Longer than any request may take. */
const ANSWER_TIMEOUT_MS = 60_000
/** Failures before whose answer the service has made a signature that nobody gets. */
const FAILURES_AFTER_SIGNING = / (timestamp-\w+)$/

/** Runs one soak. Linux only: resident memory is read from /proc. */
export async function runSoak({ seconds, connections }: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), 'soak-'))
  let pid: number | undefined
  const journal = { asked: 0, refused: 0, spent: 0 }
  const log = (line: string): void => {
    const [, operation, status] = JOURNAL_LINE.exec(line) ?? []
    if (!ASKED.some((asked) => asked === operation)) return
    journal.asked++
    if (status !== '200') journal.refused++
    if (operation === 'sign' && status === '200') journal.spent++
  }
  const stack = await startStack(folder, FREE_PORTS, log, async (...surroundings) => {
    const api = await startApiOnNode(...surroundings)
    pid = api.pid
    return api
  })
  const pool = new Pool(stack.api.url, {
    connections,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  })
  try {
    stack.emulator.setFaults(FAULTS)
    const end = performance.now() + seconds * 1000
    const workers = Array.from(
      { length: connections },
      (_, i) => new SoakConnection(stack, pool, i),
    )
    const [samples] = await Promise.all([
      sampleMemory(pid, end),
      ...workers.map((worker) => worker.runUntil(end)),
    ])
    return await reportOf(stack, workers, journal, samples)
  } finally {
    await pool.close()
    await stack.close()
    await rm(folder, { recursive: true })
  }
}

async function reportOf(
  stack: Stack,
  workers: readonly SoakConnection[],
  journal: Pick<SoakReport, 'asked' | 'refused' | 'spent'>,
  samples: readonly number[],
): Promise<SoakReport> {
  const answers = new Map<string, number>()
  for (const answer of workers.flatMap(({ answers }) => answers))
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  const attempts = workers.flatMap(({ attempts }) => attempts)
  const audited = await auditAttempts(stack, attempts)
  const unpublished = attempts.filter(({ answer }) => FAILURES_AFTER_SIGNING.test(answer)).length
  const accounted = audited.published + unpublished
  const unaccounted =
    journal.spent === accounted
      ? []
      : [`the service made ${journal.spent} signatures, ${accounted} are accounted for`]
  return {
    requests: workers.reduce((sum, worker) => sum + worker.requests, 0),
    answers: new Map([...answers].toSorted()),
    ...journal,
    published: audited.published,
    residentMib: mediansOfTenths(samples),
    violations: [
      ...workers.flatMap(({ violations }) => violations),
      ...audited.violations,
      ...unaccounted,
    ],
  }
}

/** An image has the one signature that its answer names, and none where the answer was a problem. */
async function auditAttempts(
  { registry }: Stack,
  attempts: readonly SignAttempt[],
): Promise<{ readonly published: number; readonly violations: readonly string[] }> {
  const violations: string[] = []
  let published = 0
  for (const { image, answer, manifestDigest } of attempts) {
    const url = `http://${registry.host}/v2/${REPOSITORY}/referrers/${image.digest}`
    const { manifests } = (await (await fetch(url)).json()) as { manifests: { digest: string }[] }
    const found = manifests.map(({ digest }) => digest).join(' ')
    published += manifests.length
    if (found !== (manifestDigest ?? ''))
      violations.push(
        `${image.digest}, "${answer}": signatures [${found}], not [${manifestDigest}]`,
      )
  }
  return { published, violations }
}

async function sampleMemory(pid: number | undefined, end: number): Promise<readonly number[]> {
  const samples: number[] = []
  while (performance.now() < end) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    samples.push(Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024)
    await new Promise((resolve) => setTimeout(resolve, 1000 / SAMPLES_PER_SECOND))
  }
  return samples
}

function mediansOfTenths(samples: readonly number[]): readonly number[] {
  return Array.from({ length: TENTHS }, (_, i) =>
    samples.slice(
      Math.floor((i * samples.length) / TENTHS),
      Math.floor(((i + 1) * samples.length) / TENTHS),
    ),
  ).map((tenth) => median(tenth))
}
