// Rows of the fault table that hold for any registry: each request that a signature takes fails once, in every way
// there is, and objects are aborted at each. As many images as there are requests, each hit at another one.

import { Response } from 'miniflare'
import { expect, it } from 'vitest'
import { type FaultedWorker, forward, type ToldImage } from './faulted-worker.ts'
import { IMAGES, imageOf, type WorkersStack } from './signing-on-workers.ts'

type Answer = NonNullable<FaultedWorker['intercept']>

/** Of a registry that has not yet heard of the repository. */
const UNKNOWN = JSON.stringify({ errors: [{ code: 'NAME_UNKNOWN', message: 'unknown' }] })
/** In place of what the registry answers. */
const FAILURES: readonly (readonly [fault: string, answer: Answer])[] = [
  ...[401, 404, 429, 500, 503].map(
    (status) => [`answers ${status}`, async () => new Response(UNKNOWN, { status })] as const,
  ),
  [
    'answers 200 with a page',
    async () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }),
  ],
  [
    'breaks off before it has heard',
    async () => {
      throw new Error('the connection breaks')
    },
  ],
  [
    'breaks off after it has done what was asked',
    async (request) => {
      await forward(request)
      throw new Error('the connection breaks')
    },
  ],
]
/** Registers them; `of` gives the stack when a test runs. */
export function itSignsWhateverRequestFails(of: () => WorkersStack): void {
  it.each(FAILURES)(
    'a registry that at any request %s has each image signed once',
    async (fault, answer) => {
      const { signRequests, requeued, steps } = await signWithFailures(of(), fault, answer)
      expect(signRequests).toBe(steps)
      // Some requests can fail: what they ask for is not needed.
      expect(requeued).toBeGreaterThan(steps / 2)
    },
  )

  it('objects that are aborted at any request to the registry cost no signature', async () => {
    const stack = of()
    const steps = await countRequests(stack, 'aborted')
    const images = await stack.push('team/aborted', steps)
    const { signRequests, requeued } = await stack.expectSigned(
      `objects aborted at each of ${steps} requests`,
      images,
      async () => {
        // As many as are at work at once.
        for (let first = 0; first < steps; first += IMAGES)
          await abortAtRequests(stack, images.slice(first, first + IMAGES), first)
      },
    )
    expect(signRequests).toBe(steps)
    // Each had its object thrown out in the midst of its work.
    expect(requeued).toBe(steps)
  })
}

/** Holds each image at another of its requests, the first at number `first`, and then aborts all objects. */
async function abortAtRequests(
  { worker, settle }: WorkersStack,
  images: readonly ToldImage[],
  first: number,
): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  let held = 0
  const hit = hitEach(
    images,
    async () => {
      held += 1
      if (held === images.length) worker.abortObjects().then(aborted.resolve, aborted.reject)
      await aborted.promise
      return undefined
    },
    first,
  )
  worker.intercept = hit.answer
  await worker.tell(images)
  await settle()
  expect(hit.count()).toBe(images.length)
}

async function signWithFailures(
  stack: WorkersStack,
  fault: string,
  answer: Answer,
): Promise<{ signRequests: number; requeued: number; steps: number }> {
  const folder = fault.replaceAll(/\W+/g, '-').toLowerCase()
  const steps = await countRequests(stack, folder)
  const images = await stack.push(`team/${folder}`, steps)
  const hit = hitEach(images, answer)
  const outcome = await stack.expectSigned(
    `registry ${fault}, at each of ${steps} requests`,
    images,
    async () => {
      stack.worker.intercept = hit.answer
      await stack.worker.tell(images)
    },
  )
  expect(hit.count()).toBe(steps)
  return { ...outcome, steps }
}

/** Requests to the registry for the first signature in a repository. */
async function countRequests(
  { worker, push, settle, host }: WorkersStack,
  folder: string,
): Promise<number> {
  let requests = 0
  worker.intercept = async ({ url }) => {
    if (new URL(url).host === host) requests += 1
    return undefined
  }
  await worker.tell(await push(`team/undisturbed/${folder}`, 1))
  await settle()
  return requests
}

/** Answers request number `first` of the first image, the one after it of the second, and so on. */
function hitEach(
  images: readonly ToldImage[],
  answer: Answer,
  first = 0,
): { readonly answer: Answer; readonly count: () => number } {
  const asked = images.map(() => 0)
  let count = 0
  return {
    count: () => count,
    async answer(request) {
      const image = imageOf(images, request)
      const before = asked[image] ?? 0
      asked[image] = before + 1
      if (before !== first + image) return undefined
      count += 1
      return answer(request)
    },
  }
}
