// The fault table on Workers: whatever fails while images are signed, each has one signature at the end. The
// Worker is the one that is deployed, in workerd, and the registry is real; steps are interrupted by objects that
// are aborted, and by what the Worker depends on.

import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { pushImage } from '../../demo/image.ts'
import { recordFault } from '../support/fault-table.ts'
import { describePeers } from '../support/peers.ts'
import { type RegistryProcess, startOlareg } from '../support/registries.ts'
import { itSignsWhateverRequestFails } from './failed-requests.ts'
import type { FaultedWorker, ToldImage } from './faulted-worker.ts'
import {
  IMAGES,
  imageOf,
  startWorkersStack,
  TAG,
  until,
  type WorkersStack,
} from './signing-on-workers.ts'
import { WRONG_SIGNATURES } from './wrong-signatures.ts'

const COPIES = 100
/** Requests for a timestamp that find nobody. */
const TIMESTAMP_FAILURES = 10

describePeers('signing on Workers', ['notation', 'olareg'], ({ notation, olareg }) => {
  let registry: RegistryProcess
  let stack: WorkersStack
  let worker: FaultedWorker

  beforeAll(async () => {
    registry = await startOlareg(olareg)
    stack = await startWorkersStack(registry.host, notation, listReferrers)
    worker = stack.worker
  }, 60_000)
  afterAll(async () => {
    await stack?.close()
    await registry?.close()
  })
  afterEach(() => stack.mend())

  it('objects that are aborted while one of them looks the key up leave no other waiting', async () => {
    const images = await stack.push('team/unknown')
    const { emulator } = stack.stm
    const lookUps = () =>
      emulator.requests.filter(({ operation }) => operation === 'list-keypairs').length
    emulator.setFaults([{ on: 'list-keypairs', answer: 'slow', delayMs: 200, next: 1 }])
    expect(lookUps()).toBe(0)
    const { signRequests, requeued } = await stack.expectSigned(
      'objects aborted at look-up',
      images,
      async () => {
        await worker.tell(images)
        await until(() => lookUps() > 0)
        await worker.abortObjects()
      },
    )
    expect(signRequests).toBe(IMAGES)
    expect(requeued).toBeGreaterThan(0)
  })

  it('objects that are aborted while they wait for a signature cost at most that one', async () => {
    const images = await stack.push('team/waiting')
    stack.stm.emulator.setFaults([{ on: 'sign', answer: 'slow', delayMs: 200 }])
    const { signRequests, requeued } = await stack.expectSigned(
      'objects aborted at STM',
      images,
      async () => {
        const before = stack.countSignRequests()
        await worker.tell(images)
        await until(() => stack.countSignRequests() > before)
        await worker.abortObjects()
      },
    )
    expect(requeued).toBeGreaterThan(0)
    expect(signRequests).toBeGreaterThan(IMAGES)
    expect(signRequests).toBeLessThanOrEqual(2 * IMAGES)
  })

  itSignsWhateverRequestFails(() => stack)

  it('Software Trust Manager that does not answer in time is asked again', async () => {
    const images = await stack.push('team/unheard')
    stack.stm.emulator.setFaults([{ on: 'sign', answer: 'hang', next: IMAGES / 2 }])
    const { signRequests } = await stack.expectSigned('STM does not answer in time', images, () =>
      worker.tell(images),
    )
    expect(signRequests).toBe(IMAGES + IMAGES / 2)
  }, 60_000)

  it('signatures that are wrong are never pushed, and asked for once more', async () => {
    const images = await stack.push('team/forged')
    stack.stm.emulator.setFaults(
      WRONG_SIGNATURES.map((answer) => ({ on: 'sign', answer, next: 1 }) as const),
    )
    const { signRequests, requeued } = await stack.expectSigned(
      `STM answers wrongly, ${WRONG_SIGNATURES.length} ways`,
      images,
      () => worker.tell(images),
    )
    expect(requeued).toBe(WRONG_SIGNATURES.length)
    expect(signRequests).toBe(IMAGES + WRONG_SIGNATURES.length)
  })

  it('a key that the service does not know leaves a dead letter, and a replay signs', async () => {
    const images = await stack.push('team/keyless', 1)
    stack.stm.emulator.setFaults([{ on: 'sign', answer: 'not-found', next: 1 }])
    const { signRequests } = await stack.expectSigned(
      'STM answers 404',
      images,
      async () => {
        await worker.tell(images)
        await stack.settle()
        const [dead] = await worker.jobs('dead')
        expect(dead).toMatchObject({ code: 'key-unknown' })
        expect(await stack.statesOf(one(images))).toEqual(['FAILED'])
        await worker.ask(`/v1/signing-jobs/${dead?.id}/replay`, {})
      },
      () => 'replayed',
    )
    expect(signRequests).toBe(2)
  })

  it('Software Trust Manager that refuses for now is asked again', async () => {
    const images = await stack.push('team/refused')
    stack.stm.emulator.setFaults([
      { on: 'sign', answer: 'throttled', next: 5, retryAfterSeconds: 1 },
      { on: 'sign', answer: 'unavailable', next: 5 },
    ])
    const { signRequests } = await stack.expectSigned('STM 429 and 503', images, () =>
      worker.tell(images),
    )
    expect(signRequests).toBe(2 * IMAGES)
  })

  it('a timestamp authority that is away for ten attempts costs one signature', async () => {
    const images = await stack.push('stamped/away', 1)
    const { emulator } = stack.stm
    emulator.setFaults([{ on: 'timestamp', answer: 'unavailable', next: TIMESTAMP_FAILURES }])
    const countTimestamps = () =>
      emulator.requests.filter(({ operation }) => operation === 'timestamp').length
    const { signRequests, requeued } = await stack.expectSigned(
      'TSA away for ten attempts',
      images,
      async () => {
        // Each event is an attempt of its own: nobody waits for the longer and longer pauses between those of one.
        for (let before = 0; before < TIMESTAMP_FAILURES; before = countTimestamps()) {
          await worker.tell(images)
          await until(() => countTimestamps() > before)
        }
      },
      () => `${countTimestamps()} timestamp requests`,
    )
    expect(countTimestamps()).toBe(TIMESTAMP_FAILURES + 1)
    expect(requeued).toBeGreaterThan(0)
    expect(signRequests).toBe(1)
  }, 60_000)

  it('a consumer that throws has its messages put off, and none given up', async () => {
    const images = await stack.push('team/thrown')
    const errors = () => worker.log.filter(({ event }) => event === 'error').length
    const before = errors()
    const breakAll = async (): Promise<void> => {
      await worker.breakRules()
      await worker.abortObjects()
    }
    let broken: Promise<void> | undefined
    // Nobody goes on before all are aborted: none is at Software Trust Manager then.
    worker.intercept = async () => {
      broken ??= breakAll()
      await broken
      return undefined
    }
    const { signRequests } = await stack.expectSigned('consumer throws', images, async () => {
      await worker.tell(images)
      await until(() => errors() > before)
      // Time for a hundred deliveries, if they came at once.
      await wait(500)
      // Messages that were put off come one by one.
      expect(errors() - before).toBeLessThanOrEqual(IMAGES)
      await worker.mendRules()
    })
    expect(signRequests).toBe(IMAGES)
  })

  it('a hundred copies of an event leave one signature and one sign request', async () => {
    const images = await stack.push('team/copied')
    const { signRequests } = await stack.expectSigned(
      `${COPIES} copies of an event`,
      images,
      async () => {
        await Promise.all(Array.from({ length: COPIES }, () => worker.tell(images)))
      },
    )
    expect(signRequests).toBe(IMAGES)
  })

  it('a tag that moves before its image is looked at has the new image signed alone', async () => {
    const old = await stack.push('team/moved')
    const moved = Promise.withResolvers<void>()
    worker.intercept = async (request) => {
      if (imageOf(old, request) >= 0) await moved.promise
      return undefined
    }
    await worker.tell(old)
    const images = await stack.push('team/moved')
    const { signRequests } = await stack.expectSigned(
      'tag moved, old event replayed',
      images,
      async () => {
        await worker.tell(images)
        moved.resolve()
        await stack.settle()
        await worker.tell(old)
      },
      () => `${IMAGES} superseded`,
    )
    expect(signRequests).toBe(IMAGES)
    expect(await Promise.all(old.map(stack.countSignatures))).toEqual(old.map(() => 0))
    expect(await Promise.all(old.map(stack.statesOf))).toEqual(old.map(() => ['SUPERSEDED']))
  })

  it('events that name what is not so, or not theirs to tell of, sign nothing', async () => {
    const images = await stack.push('team/unsigned', 4)
    const [untagged, other, foreign, theirs] = images
    const { digest } = await pushImage(registry.host, one([other]).repository, TAG)
    const [asked, signed] = [new Set<string>(), stack.countSignRequests()]
    worker.intercept = async ({ url }) => {
      asked.add(new URL(url).host)
      return undefined
    }
    await worker.tell([
      { ...one([untagged]), tag: 'never-pushed' },
      one([other]),
      { ...one([foreign]), repository: `registry.example/${foreign?.repository}` },
    ])
    await worker.tell([one([theirs])], 'another source')
    await stack.settle()

    const counts = await Promise.all(images.map(stack.countSignatures))
    expect(counts).toEqual(images.map(() => 0))
    expect(await stack.countSignatures({ ...one([other]), digest })).toBe(0)
    expect(stack.countSignRequests()).toBe(signed)
    expect([...asked]).toEqual([registry.host])
    expect(await Promise.all(images.map(stack.statesOf))).toEqual([
      ['SUPERSEDED'],
      ['SUPERSEDED'],
      [],
      [],
    ])
    const row = { images: images.length, signatures: 0, signRequests: 0, dead: 0 }
    const note = '2 superseded, 2 dropped'
    recordFault({ fault: 'forged tags, hosts and sources', engine: 'Workers', ...row, note })
  })

  it('a signature costs nine requests to a registry that is known, and one to Software Trust Manager', async () => {
    const pushOne = async (tag: string): Promise<ToldImage> => {
      const { digest } = await pushImage(registry.host, 'team/known', tag)
      return { repository: 'team/known', digest, tag }
    }
    await worker.tell([await pushOne('first')])
    await stack.settle()
    const image = await pushOne('second')
    const asked: string[] = []
    worker.intercept = async ({ method, url }) => {
      asked.push(`${method} ${new URL(url).pathname}`)
      return undefined
    }
    const stmRequests = stack.stm.emulator.requests.length
    await worker.tell([image])
    await stack.settle()

    expect(await stack.countSignatures(image)).toBe(1)
    expect(asked).toHaveLength(9)
    expect(stack.stm.emulator.requests.length - stmRequests).toBe(1)
  })
})

function one(images: readonly (ToldImage | undefined)[]): ToldImage {
  const [image] = images
  if (image === undefined) throw new Error('there is no image')
  return image
}

async function listReferrers(
  host: string,
  { repository, digest }: ToldImage,
): Promise<readonly string[]> {
  const answer = await fetch(`http://${host}/v2/${repository}/referrers/${digest}`)
  const { manifests } = (await answer.json()) as { manifests: { digest: string }[] | null }
  return (manifests ?? []).map((manifest) => manifest.digest)
}
