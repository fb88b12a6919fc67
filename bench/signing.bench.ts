// Signing on push: images pushed to CNCF Distribution as fast as it takes them, until the API has signed them all;
// beside it a bare script with the same requests to the registry, and "notation sign" with the plugin.
//
//   --images 1000   in the main burst
//   --long          a burst of ten times as many besides

import { availableParallelism } from 'node:os'
import { type BenchOptions, median, type Ratio } from './ratio.ts'
import { type Burst, runBurst, signedAt, spreadOf } from './signing-burst.ts'
import { inParallel, pushBenchImage, pushImages } from './signing-push.ts'
import { KEY_ID, type SigningStack, startSigningStack } from './signing-stack.ts'

const DEFAULT_IMAGES = 1000
const WARM_UP_IMAGES = 100
/** Bursts of few images are short: a median of so many. */
const SMALL_BURSTS = 3
const SMALL_IMAGES = 100
const LOOP_IMAGES = 30
const IDLE_PUSHES = 30
const IDLE_POLL_MS = 2
/** What is measured once is flat within this. */
const FLAT = 1.25

/** All promises about signing on push. Needs what `npm run peers` builds. */
export async function run({
  images = DEFAULT_IMAGES,
  isLong,
}: BenchOptions): Promise<readonly Ratio[]> {
  const stack = await startSigningStack()
  if (stack === undefined) {
    console.log('  left out: it needs notation and Distribution, which "npm run peers" builds')
    return []
  }
  try {
    await runBurst(stack, 'warm-up', WARM_UP_IMAGES)
    const small: Burst[] = []
    for (let turn = 0; turn < SMALL_BURSTS; turn++)
      small.push(await runBurst(stack, `small-${turn}`, SMALL_IMAGES))
    const idle = await measureIdle(stack)
    const main = await runBurst(stack, 'main', images)
    const [loop, parallelLoop] = await measureLoops(stack)
    const large = isLong ? [await runBurst(stack, 'large', 10 * images)] : []
    for (const burst of [...small, main, ...large]) print(burst)
    console.log(
      `  notation sign: ${loop.toFixed(1)} ms an image, ${availableParallelism()} at once ${parallelLoop.toFixed(1)} ms`,
    )
    console.log(`  attempts of the API that failed: ${stack.log.failures.length}`)
    await expectVerified(stack, main)
    const smallMs = median(small.map(({ msPerImage }) => msPerImage))
    return [
      ...promisesOf(main, loop, idle),
      ...[main, ...large].map((burst) =>
        ratio(
          `ms an image, of ${burst.images} / of ${SMALL_IMAGES}`,
          burst.msPerImage,
          smallMs,
          FLAT,
        ),
      ),
    ]
  } finally {
    await stack.close()
  }
}

function promisesOf(main: Burst, loop: number, [idle, cycle]: readonly number[]): readonly Ratio[] {
  const { images, msPerImage, bareMsPerImage } = main
  const counted = (name: string, count: number, atMost: number): Ratio => ({
    ...ratio(`${name} / images`, count, images, atMost),
    unit: 'in all',
  })
  return [
    ratio('ms an image / a bare script with the same requests', msPerImage, bareMsPerImage, 2),
    ratio('ms an image / notation sign, one after the other', msPerImage, loop, 1 / 5),
    ratio('push to signature, idle / one bare cycle', idle, cycle, 3),
    counted('sign requests', main.signRequests, 1),
    counted('requests to Software Trust Manager', main.stmRequests, 1.05),
    counted('requests to the registry', main.registryRequests, 11),
  ]
}

function print(burst: Burst): void {
  const { images, msPerImage, bareMsPerImage, registryRequests, bareRequests } = burst
  const { p50, p99 } = burst.pushToSignature
  const perSecond = (1000 / msPerImage).toFixed(1)
  const bare = (1000 / bareMsPerImage).toFixed(1)
  console.log(
    `  ${images} images: ${perSecond} a second, bare ${bare}; push to signature ${p50} ms (p50), ${p99} ms (p99); requests to the registry ${registryRequests}, bare ${bareRequests}`,
  )
}

/** Single pushes, each with a bare cycle after it. @returns the medians in milliseconds */
async function measureIdle(stack: SigningStack): Promise<readonly [idle: number, cycle: number]> {
  const { host } = stack
  const bare = { host, repository: 'bench/bare/idle' }
  const [idle, cycles]: [number[], number[]] = [[], []]
  for (let turn = 0; turn < IDLE_PUSHES; turn++) {
    const tag = `v${turn}`
    const pushed = await pushBenchImage({ host, repository: 'bench/signed/idle' }, tag)
    await stack.log.waitFor([pushed.digest], IDLE_POLL_MS)
    idle.push(signedAt(stack, pushed.digest) - pushed.pushedAtMs)
    const images = [await pushBenchImage(bare, tag)]
    cycles.push(await stack.signBarely({ ...bare, images, parallel: 1 }))
  }
  return [spreadOf(idle).p50, spreadOf(cycles).p50]
}

/** `notation sign` with the plugin: one after the other, and as many at once as there are processors. @returns ms an image */
async function measureLoops(stack: SigningStack): Promise<readonly [number, number]> {
  const measured: number[] = []
  for (const parallel of [1, availableParallelism()]) {
    const target = { host: stack.host, repository: `bench/loop/${parallel}` }
    const images = await pushImages(target, LOOP_IMAGES, 1)
    const start = performance.now()
    await inParallel(images, parallel, ({ digest }) => {
      const reference = `${target.host}/${target.repository}@${digest}`
      return succeed(stack, ['sign', '--plugin', 'digicert-stm', '--id', KEY_ID], reference)
    })
    measured.push((performance.now() - start) / LOOP_IMAGES)
  }
  const [loop = Number.NaN, parallelLoop = Number.NaN] = measured
  return [loop, parallelLoop]
}

/** Each, by the real notation: else a quick failure would be taken for speed. */
async function expectVerified(stack: SigningStack, { references }: Burst): Promise<void> {
  await inParallel(references, availableParallelism(), (reference) =>
    succeed(stack, ['verify'], reference),
  )
  console.log(`  notation verify: ${references.length} images verified`)
}

async function succeed(
  { notation }: SigningStack,
  args: readonly string[],
  reference: string,
): Promise<void> {
  const { exitCode, stderr } = await notation.run([...args, '--insecure-registry', reference])
  if (exitCode !== 0) throw new Error(`Cannot measure: notation ${args[0]} failed: ${stderr}`)
}

function ratio(name: string, subject = Number.NaN, baseline = Number.NaN, atMost = 1): Ratio {
  return { name, ratio: subject / baseline, atMost, subject, baseline }
}
