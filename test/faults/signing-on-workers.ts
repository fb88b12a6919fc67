// What signs on push on Workers: a registry, the Worker in workerd, and an emulator that counts what it is asked. What
// fails meanwhile is the test's; what must hold at the end is the same for all, and stands here.

import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import { pushImage } from '../../demo/image.ts'
import { type EmulatedStm, startEmulatedStm } from '../interop/emulated-stm.ts'
import { type FaultRow, recordFault } from '../support/fault-table.ts'
import { createNotationWithPlugin, type Notation } from '../support/notation.ts'
import { type FaultedWorker, startFaultedWorker, type ToldImage } from './faulted-worker.ts'

/** As many messages as wrangler.signing.toml lets a batch have: all of them are at work at once. */
export const IMAGES = 10
export const TAG = 'v1'
const POLL_MS = 20

/** What came of images: the figures of a row of the fault table. */
type Outcome = Pick<FaultRow, 'signRequests'> & { readonly requeued: number }

/** All of it, running. */
export interface WorkersStack {
  readonly stm: EmulatedStm
  readonly host: string
  readonly worker: FaultedWorker
  readonly notation: Notation
  /** Pushes images, each to a repository of its own, so that every request tells whose it is. */
  readonly push: (prefix: string, count?: number) => Promise<readonly ToldImage[]>
  /** Sign requests that the service had. */
  readonly countSignRequests: () => number
  /** Waits until nothing waits and nothing is at work. */
  readonly settle: () => Promise<void>
  /** Has one run of a sweep, and what it found, to its end. */
  readonly sweep: () => Promise<void>
  readonly countSignatures: (image: ToldImage) => Promise<number>
  /** States of the signatures of an image, as its status says. */
  readonly statesOf: (image: ToldImage) => Promise<readonly unknown[]>
  /** Has images signed; at the end each has one signature, which notation verifies, and nothing is given up. */
  readonly expectSigned: (
    fault: string,
    images: readonly ToldImage[],
    sign: () => Promise<void>,
    note?: () => string,
  ) => Promise<Outcome>
  /** Ends what a test had fail. */
  readonly mend: () => void
  readonly close: () => Promise<void>
}

/**
 * Starts it for a registry, which stays the caller's to close.
 *
 * @param binary - of notation
 * @param listSignatures - digests of an image's signatures as that registry lists them
 */
export async function startWorkersStack(
  host: string,
  binary: string,
  listSignatures: (host: string, image: ToldImage) => Promise<readonly string[]>,
): Promise<WorkersStack> {
  const stm = await startEmulatedStm()
  const worker = await startFaultedWorker(host, stm)
  const notation = await createNotationWithPlugin(binary, stm.emulator.environment)
  await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
  await notation.addCertificate('tsa', 'stm', stm.emulator.tsaRootPem)
  const countSignRequests = () =>
    stm.emulator.requests.filter(({ operation }) => operation === 'sign').length
  const countSignatures = async (image: ToldImage) => (await listSignatures(host, image)).length
  const requeued = new Set<string>()
  const settle = () => settleJobs(worker, (id) => requeued.add(id))
  return {
    stm,
    host,
    worker,
    notation,
    push: (prefix, count = IMAGES) => pushAll(host, prefix, count),
    countSignRequests,
    settle,
    async sweep() {
      await worker.ask('/v1/sweep', { dryRun: false })
      const isDone = async () =>
        ((await worker.ask('/v1/sweep')) as { readonly state: string }).state === 'done'
      while (!(await isDone())) await wait(POLL_MS)
      await settle()
    },
    countSignatures,
    async statesOf({ repository, digest }) {
      const reference = encodeURIComponent(`${host}/${repository}@${digest}`)
      const status = await worker.ask(`/v1/signing-status?reference=${reference}`)
      return (status as { signatures: { state: string }[] }).signatures.map(({ state }) => state)
    },
    async expectSigned(fault, images, sign, note) {
      const before = countSignRequests()
      requeued.clear()
      await sign()
      await settle()
      const signRequests = countSignRequests() - before
      expect(await worker.jobs('dead')).toEqual([])
      const counts = await Promise.all(images.map(countSignatures))
      expect(counts).toEqual(images.map(() => 1))
      await expectVerified(notation, host, images)
      const outcome = { signRequests, requeued: requeued.size }
      recordFault({
        fault,
        engine: 'Workers',
        images: images.length,
        signatures: counts.reduce((sum, count) => sum + count, 0),
        ...outcome,
        dead: 0,
        ...(note === undefined ? {} : { note: note() }),
      })
      return outcome
    },
    mend() {
      worker.intercept = undefined
      stm.emulator.setFaults([])
    },
    async close() {
      await worker.close()
      await notation.close()
      await stm.close()
    },
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await wait(POLL_MS)
}

/** Whose of the images a request is about; -1 for none. */
export function imageOf(images: readonly ToldImage[], { url }: { readonly url: string }): number {
  return images.findIndex(({ repository }) => url.includes(`/v2/${repository}/`))
}

function pushAll(host: string, prefix: string, count: number): Promise<readonly ToldImage[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const repository = `${prefix}/${i}`
      const { digest } = await pushImage(host, repository, TAG)
      return { repository, digest, tag: TAG }
    }),
  )
}

/** @param onRequeued - told the ids of tasks that failed and wait for another attempt */
async function settleJobs(worker: FaultedWorker, onRequeued: (id: string) => void): Promise<void> {
  const isBusy = async (): Promise<boolean> => {
    // What fails between two looks waits when it was thought to be at work.
    for (const state of ['queued', 'active', 'queued'] as const) {
      const jobs = await worker.jobs(state)
      // Each waits a second at least: none is missed between two looks.
      for (const { id, code } of jobs) if (code !== undefined) onRequeued(id)
      if (jobs.length > 0) return true
    }
    return false
  }
  // Miniflare's KV namespaces are Durable Objects: what aborts those fails a request that reads from one.
  while (await isBusy().catch(() => true)) await wait(POLL_MS)
}

/** notation asks for timestamps where it knows an authority. */
async function expectVerified(
  notation: Notation,
  host: string,
  images: readonly ToldImage[],
): Promise<void> {
  const isStamped = images.every(({ repository }) => repository.startsWith('stamped/'))
  const trustStores = ['ca:stm', ...(isStamped ? ['tsa:stm'] : [])]
  // The emulator's certificates name nobody who tells of revocation.
  await notation.setPolicy({ trustStores, override: { revocation: 'skip' } })
  const ended = await Promise.all(
    images.map(({ repository, digest }) =>
      notation.run(['verify', '--insecure-registry', `${host}/${repository}@${digest}`]),
    ),
  )
  expect(ended.map(({ exitCode }) => exitCode)).toEqual(images.map(() => 0))
}
