// One burst: images pushed at once and signed, and as many others signed by the bare script.

import { setTimeout as wait } from 'node:timers/promises'
import { type PushTarget, pushBenchImage, pushImages, REQUESTS_PER_PUSH } from './signing-push.ts'
import type { SigningStack } from './signing-stack.ts'

/** What a burst took. */
export interface Burst {
  readonly images: number
  /** From the first push's begin to the last signature, by images. */
  readonly msPerImage: number
  /** The same of the bare script, which signs when all are pushed. */
  readonly bareMsPerImage: number
  /** From the answer to a push to the line in the API's log. */
  readonly pushToSignature: Spread
  /** Of the API, for all images. */
  readonly registryRequests: number
  /** Of the bare script, to compare. */
  readonly bareRequests: number
  readonly signRequests: number
  readonly stmRequests: number
  /** `host/repository@sha256:…` of each signed image. */
  readonly references: readonly string[]
}

/** Of one kind of time, in milliseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
}

/** Pushes, lanes of the bare script. */
const PARALLEL = 16
const POLL_MS = 50
/** The registry tells of the signatures too: no request for so long, and all is done. */
const QUIET_MS = 500

/**
 * Runs one.
 *
 * @param name - of two repositories that nothing was pushed to yet
 */
export async function runBurst(stack: SigningStack, name: string, images: number): Promise<Burst> {
  const { host } = stack
  const signed = { host, repository: `bench/signed/${name}` }
  // Then what the registry can do is known of the repository, and its empty config is there.
  const first = await pushBenchImage(signed, 'first')
  await stack.log.waitFor([first.digest], POLL_MS)
  await waitForQuiet(stack)
  // Half before and half after: the machine may be slower at the one time than at the other.
  const half = Math.ceil(images / 2)
  const before = await measureBare(stack, `${name}/before`, half)
  const ours = await measureOurs(stack, signed, images)
  const after = await measureBare(stack, `${name}/after`, half)
  return {
    ...ours,
    bareMsPerImage: (before.ms + after.ms) / (2 * half),
    bareRequests: (images * (before.requests + after.requests)) / (2 * half),
  }
}

async function measureOurs(
  stack: SigningStack,
  target: PushTarget,
  images: number,
): Promise<Omit<Burst, 'bareMsPerImage' | 'bareRequests'>> {
  const stmBefore = stack.countStm()
  const registryBefore = await stack.countRegistry()
  const begin = Date.now()
  const pushed = await pushImages(target, images, PARALLEL)
  await stack.log.waitFor(
    pushed.map(({ digest }) => digest),
    POLL_MS,
  )
  const end = Math.max(...pushed.map(({ digest }) => signedAt(stack, digest)))
  const registryAfter = await waitForQuiet(stack)
  const stm = stack.countStm()
  return {
    images,
    msPerImage: (end - begin) / images,
    pushToSignature: spreadOf(
      pushed.map(({ digest, pushedAtMs }) => signedAt(stack, digest) - pushedAtMs),
    ),
    registryRequests: registryAfter - registryBefore - REQUESTS_PER_PUSH * images,
    signRequests: stm.sign - stmBefore.sign,
    stmRequests: stm.all - stmBefore.all,
    references: pushed.map(({ digest }) => `${target.host}/${target.repository}@${digest}`),
  }
}

/** When an image that is signed was. */
export function signedAt({ log }: SigningStack, digest: string): number {
  return log.signedAtMs.get(digest) ?? Number.NaN
}

/** Median and last hundredth. */
export function spreadOf(milliseconds: readonly number[]): Spread {
  const sorted = milliseconds.toSorted((a, b) => a - b)
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

async function measureBare(
  stack: SigningStack,
  name: string,
  count: number,
): Promise<{ readonly ms: number; readonly requests: number }> {
  const target = { host: stack.host, repository: `bench/bare/${name}` }
  const requestsBefore = await stack.countRegistry()
  const begin = performance.now()
  const images = await pushImages(target, count, PARALLEL)
  const pushMs = performance.now() - begin
  const ms = pushMs + (await stack.signBarely({ ...target, images, parallel: PARALLEL }))
  const requests = (await waitForQuiet(stack)) - requestsBefore - REQUESTS_PER_PUSH * count
  return { ms, requests }
}

async function waitForQuiet({ countRegistry }: SigningStack): Promise<number> {
  for (let before = await countRegistry(); ; ) {
    await wait(QUIET_MS)
    const now = await countRegistry()
    if (now === before) return now
    before = now
  }
}
