// The fault table on Workers: whatever fails while images are signed, each has one signature at the end. The
// Worker is the one that is deployed, in workerd, and the registry is real; steps are interrupted by objects that
// are aborted, and by what the Worker depends on.

import { setTimeout as wait } from 'node:timers/promises'
import { Response } from 'miniflare'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { pushImage } from '../../demo/image.ts'
import { OCI_IMAGE_MANIFEST } from '../../shared/registry/media-types.ts'
import { type EmulatedStm, startEmulatedStm } from '../interop/emulated-stm.ts'
import { type FaultRow, recordFault } from '../support/fault-table.ts'
import { createNotation, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { type RegistryProcess, startOlareg } from '../support/registries.ts'
import { type FaultedWorker, startFaultedWorker, type ToldImage } from './faulted-worker.ts'
import { WRONG_SIGNATURES } from './wrong-signatures.ts'

/** As many messages as wrangler.signing.toml lets a batch have: all of them are at work at once. */
const IMAGES = 10
const COPIES = 100
const TAG = 'v1'
const POLL_MS = 20

/** In place of what a registry answers first: one for each image. */
const WRONG_ANSWERS: readonly (() => Response)[] = [
  ...[401, 403, 404, 408, 429, 500, 504].map((status) => () => new Response('', { status })),
  () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }),
  () => new Response('{}', { headers: { 'content-type': OCI_IMAGE_MANIFEST } }),
  () => {
    throw new Error('the connection breaks')
  },
]

describePeers('signing on Workers', ['notation', 'olareg'], ({ notation: binary, olareg }) => {
  let stm: EmulatedStm
  let notation: Notation
  let registry: RegistryProcess
  let worker: FaultedWorker

  beforeAll(async () => {
    stm = await startEmulatedStm()
    registry = await startOlareg(olareg)
    worker = await startFaultedWorker(registry.host, stm)
    notation = await createNotation(binary)
    await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
    await notation.setPolicy({ trustStores: ['ca:stm'], override: { revocation: 'skip' } })
  }, 60_000)
  afterAll(async () => {
    await worker?.close()
    await registry?.close()
    await notation?.close()
    await stm?.close()
  })
  afterEach(() => {
    worker.intercept = undefined
    stm.emulator.setFaults([])
  })

  /** Pushes images, each to a repository of its own, so that every request tells whose it is. */
  function push(prefix: string, count = IMAGES): Promise<readonly ToldImage[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, i) => {
        const repository = `${prefix}/${i}`
        const { digest } = await pushImage(registry.host, repository, TAG)
        return { repository, digest, tag: TAG }
      }),
    )
  }

  function countSignRequests(): number {
    return stm.emulator.requests.filter(({ operation }) => operation === 'sign').length
  }

  /** Waits until nothing waits and nothing is at work. */
  async function settle(): Promise<void> {
    while (await isBusy()) await wait(POLL_MS)
  }

  async function isBusy(): Promise<boolean> {
    try {
      // What fails between two looks waits when it was thought to be at work.
      for (const state of ['queued', 'active', 'queued'] as const)
        if ((await worker.jobs(state)).length > 0) return true
      return false
    } catch {
      // Miniflare's KV namespaces are Durable Objects: what aborts those fails a request that reads from one.
      return true
    }
  }

  async function countSignatures({ repository, digest }: ToldImage): Promise<number> {
    const answer = await fetch(`http://${registry.host}/v2/${repository}/referrers/${digest}`)
    const { manifests } = (await answer.json()) as { manifests: readonly object[] | null }
    return manifests?.length ?? 0
  }

  async function verifies({ repository, digest }: ToldImage): Promise<boolean> {
    const reference = `${registry.host}/${repository}@${digest}`
    const { exitCode } = await notation.run(['verify', '--insecure-registry', reference])
    return exitCode === 0
  }

  /** Has images signed; at the end each has one signature, which notation verifies, and nothing is given up. */
  async function expectSigned(
    fault: string,
    images: readonly ToldImage[],
    sign: () => Promise<void>,
  ): Promise<Pick<FaultRow, 'signRequests'>> {
    const before = countSignRequests()
    await sign()
    await settle()
    const signRequests = countSignRequests() - before
    expect(await worker.jobs('dead')).toEqual([])
    const counts = await Promise.all(images.map(countSignatures))
    expect(counts).toEqual(images.map(() => 1))
    expect(await Promise.all(images.map(verifies))).toEqual(images.map(() => true))
    const signatures = counts.reduce((sum, count) => sum + count, 0)
    recordFault({ fault, engine: 'Workers', images: images.length, signatures, signRequests })
    return { signRequests }
  }

  it('objects that are aborted while one of them looks the key up leave no other waiting', async () => {
    const images = await push('unknown')
    const lookUps = () =>
      stm.emulator.requests.filter(({ operation }) => operation === 'list-keypairs').length
    stm.emulator.setFaults([{ on: 'list-keypairs', answer: 'slow', delayMs: 200, next: 1 }])
    expect(lookUps()).toBe(0)
    const { signRequests } = await expectSigned('objects aborted at look-up', images, async () => {
      await worker.tell(images)
      while (lookUps() === 0) await wait(POLL_MS)
      await worker.abortObjects()
    })
    expect(signRequests).toBe(IMAGES)
  })

  it('objects that are aborted at any request to the registry cost no signature', async () => {
    const steps = await countRegistryRequests()
    const images = await push('aborted', steps)
    const { signRequests } = await expectSigned(
      'objects aborted at a request',
      images,
      async () => {
        for (let first = 0; first < steps; first += IMAGES)
          await abortAtRequests(images.slice(first, first + IMAGES), first)
      },
    )
    expect(signRequests).toBe(steps)
  })

  async function countRegistryRequests(): Promise<number> {
    let requests = 0
    worker.intercept = async () => {
      requests += 1
      return undefined
    }
    await worker.tell(await push('undisturbed', 1))
    await settle()
    return requests
  }

  /** Holds each image at another of its requests, the first at number `first`, and then aborts all objects. */
  async function abortAtRequests(images: readonly ToldImage[], first: number): Promise<void> {
    const asked = images.map(() => 0)
    const aborted = Promise.withResolvers<void>()
    let held = 0
    worker.intercept = async ({ url }) => {
      const image = images.findIndex(({ repository }) => url.includes(`/v2/${repository}/`))
      const before = asked[image] ?? 0
      asked[image] = before + 1
      if (before !== first + image) return undefined
      held += 1
      if (held === images.length) worker.abortObjects().then(aborted.resolve, aborted.reject)
      await aborted.promise
      return undefined
    }
    await worker.tell(images)
    await settle()
    expect(held).toBe(images.length)
  }

  it('objects that are aborted while they wait for a signature cost at most that one', async () => {
    const images = await push('waiting')
    stm.emulator.setFaults([{ on: 'sign', answer: 'slow', delayMs: 200 }])
    const { signRequests } = await expectSigned('objects aborted at STM', images, async () => {
      const before = countSignRequests()
      await worker.tell(images)
      while (countSignRequests() === before) await wait(POLL_MS)
      await worker.abortObjects()
    })
    expect(signRequests).toBeGreaterThan(IMAGES)
    expect(signRequests).toBeLessThanOrEqual(2 * IMAGES)
  })

  it('a registry that is away and comes back has each image signed once', async () => {
    const images = await push('away')
    const failed = new Set<number>()
    worker.intercept = async ({ method, url }) => {
      const image = images.findIndex(({ repository }) => url.includes(`/v2/${repository}/`))
      // Some when it is read, some when the signature is published; some with an answer, some without.
      if (failed.has(image) || method !== (image % 2 === 0 ? 'GET' : 'PUT')) return undefined
      failed.add(image)
      if (image < IMAGES / 2) throw new Error('the connection breaks')
      return new Response(null, { status: 503 })
    }
    const { signRequests } = await expectSigned('registry away', images, () => worker.tell(images))
    expect(failed.size).toBe(IMAGES)
    expect(signRequests).toBe(IMAGES)
  })

  it('a registry that answers each image wrongly in another way has each signed once', async () => {
    const images = await push('wrong')
    const asked = new Set<number>()
    worker.intercept = async ({ url }) => {
      const image = images.findIndex(({ repository }) => url.includes(`/v2/${repository}/`))
      if (asked.has(image)) return undefined
      asked.add(image)
      return WRONG_ANSWERS[image]?.()
    }
    const { signRequests } = await expectSigned(
      `registry answers wrongly, ${WRONG_ANSWERS.length} ways`,
      images,
      () => worker.tell(images),
    )
    expect(asked.size).toBe(IMAGES)
    expect(signRequests).toBe(IMAGES)
  })

  it('signatures that are wrong are never pushed, and asked for once more', async () => {
    const images = await push('forged')
    stm.emulator.setFaults(
      WRONG_SIGNATURES.map((answer) => ({ on: 'sign', answer, next: 1 }) as const),
    )
    const { signRequests } = await expectSigned(
      `STM answers wrongly, ${WRONG_SIGNATURES.length} ways`,
      images,
      () => worker.tell(images),
    )
    expect(signRequests).toBe(IMAGES + WRONG_SIGNATURES.length)
  })

  it('a consumer that throws has its messages put off, and none given up', async () => {
    const images = await push('thrown')
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
    const { signRequests } = await expectSigned('consumer throws', images, async () => {
      await worker.tell(images)
      while (errors() === before) await wait(POLL_MS)
      // Time for a hundred deliveries, if they came at once.
      await wait(500)
      // Messages that were put off come one by one.
      expect(errors() - before).toBeLessThanOrEqual(IMAGES)
      await worker.mendRules()
    })
    expect(signRequests).toBe(IMAGES)
  })

  it('a signature costs nine requests to a registry that is known, and one to Software Trust Manager', async () => {
    const pushOne = async (tag: string): Promise<ToldImage> => {
      const { digest } = await pushImage(registry.host, 'known/app', tag)
      return { repository: 'known/app', digest, tag }
    }
    await worker.tell([await pushOne('first')])
    await settle()
    const image = await pushOne('second')
    const asked: string[] = []
    worker.intercept = async ({ method, url }) => {
      asked.push(`${method} ${new URL(url).pathname}`)
      return undefined
    }
    const stmRequests = stm.emulator.requests.length
    await worker.tell([image])
    await settle()

    expect(await countSignatures(image)).toBe(1)
    expect(asked).toHaveLength(9)
    expect(stm.emulator.requests.length - stmRequests).toBe(1)
  })

  it('a hundred copies of an event leave one signature and one sign request', async () => {
    const images = await push('copied')
    const { signRequests } = await expectSigned(
      `${COPIES} copies of an event`,
      images,
      async () => {
        await Promise.all(Array.from({ length: COPIES }, () => worker.tell(images)))
      },
    )
    expect(signRequests).toBe(IMAGES)
  })

  it('Software Trust Manager that refuses for now is asked again', async () => {
    const images = await push('refused')
    stm.emulator.setFaults([
      { on: 'sign', answer: 'throttled', next: 5, retryAfterSeconds: 1 },
      { on: 'sign', answer: 'unavailable', next: 5 },
    ])
    const { signRequests } = await expectSigned('STM 429 and 503', images, () =>
      worker.tell(images),
    )
    expect(signRequests).toBe(2 * IMAGES)
  })
})
