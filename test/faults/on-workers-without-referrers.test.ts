// The fault table on Workers with a registry that has no referrers API: signatures are listed under a tag, which
// others write, too, and which may be cut off or overwritten. CNCF Distribution is a process that can be killed.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { recordFault } from '../support/fault-table.ts'
import { describePeers } from '../support/peers.ts'
import { freePort, type RegistryProcess, startDistribution } from '../support/registries.ts'
import { itSignsWhateverRequestFails } from './failed-requests.ts'
import { forward } from './faulted-worker.ts'
import { startOtherTool } from './other-tool.ts'
import { isListWritten, listUnderTag, mendTornList } from './signature-list.ts'
import {
  IMAGES,
  imageOf,
  startWorkersStack,
  until,
  type WorkersStack,
} from './signing-on-workers.ts'

/** Signed by another tool, too. */
const SHARED_IMAGES = 2
const INDEX = 'application/vnd.oci.image.index.v1+json'
const NOTHING_LISTED = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] })

describePeers(
  'signing on Workers without the referrers API',
  ['notation', 'distribution'],
  ({ notation, distribution }) => {
    let storage: { readonly folder: string; readonly port: number }
    let registry: RegistryProcess
    let stack: WorkersStack

    beforeAll(async () => {
      storage = { folder: await mkdtemp(join(tmpdir(), 'images-')), port: await freePort() }
      registry = await startDistribution(distribution, { storage })
      stack = await startWorkersStack(registry.host, notation, listUnderTag)
    }, 60_000)
    afterAll(async () => {
      await stack?.close()
      await registry?.close()
      await rm(storage.folder, { recursive: true })
    })
    afterEach(() => stack.mend())

    // The first: a sweep goes through every repository that is there.
    it("what another tool overwrites a sweep lists again, beside what is that tool's", async () => {
      const { host, notation, worker } = stack
      const images = await stack.push('team/shared', SHARED_IMAGES)
      const other = await startOtherTool(notation, host, images)
      const before = stack.countSignRequests()
      await worker.tell(images)
      await stack.settle()
      const list = () => Promise.all(images.map((image) => listUnderTag(host, image)))
      const ours = await list()
      expect(await other.write()).toEqual([0, 0])
      const theirs = await list()
      await stack.sweep()

      expect(ours.map(({ length }) => length)).toEqual([1, 1])
      expect(theirs.map(({ length }) => length)).toEqual([1, 1])
      expect(theirs).not.toEqual(ours)
      expect(await list()).toEqual(images.map((_, i) => [...(theirs[i] ?? []), ...(ours[i] ?? [])]))
      const signRequests = stack.countSignRequests() - before
      expect(signRequests).toBe(SHARED_IMAGES)
      recordFault({
        fault: 'another tool writes the same lists',
        engine: 'Workers',
        images: SHARED_IMAGES,
        signatures: SHARED_IMAGES,
        signRequests,
        dead: 0,
        note: `${SHARED_IMAGES} overwritten, listed again by a sweep`,
      })
    })

    itSignsWhateverRequestFails(() => stack)

    it('a list that another tool empties while it is written has the signature listed again', async () => {
      const images = await stack.push('team/emptied')
      const emptied = new Set<number>()
      stack.worker.intercept = async (request) => {
        const image = imageOf(images, request)
        if (!isListWritten(request) || emptied.has(image)) return undefined
        emptied.add(image)
        const answer = await forward(request)
        const init = { method: 'PUT', headers: { 'content-type': INDEX }, body: NOTHING_LISTED }
        expect((await fetch(request.url, init)).status).toBe(201)
        return answer
      }
      const { signRequests, requeued } = await stack.expectSigned(
        'lists emptied as they are written',
        images,
        () => stack.worker.tell(images),
      )
      expect(emptied.size).toBe(IMAGES)
      expect([signRequests, requeued]).toEqual([IMAGES, 0])
    })

    it('a registry that does not answer in time has each image signed once', async () => {
      const images = await stack.push('team/silent')
      const never = Promise.withResolvers<undefined>()
      const held = new Set<number>()
      stack.worker.intercept = async (request) => {
        const image = imageOf(images, request)
        // Some when it is read, some when the signature is published.
        const isDue = image >= 0 && request.method === (image % 2 === 0 ? 'GET' : 'PUT')
        if (!isDue || held.has(image)) return undefined
        held.add(image)
        return never.promise
      }
      const { signRequests, requeued } = await stack.expectSigned(
        'registry does not answer in time',
        images,
        () => stack.worker.tell(images),
      )
      never.resolve(undefined)
      expect(held.size).toBe(IMAGES)
      expect(requeued).toBe(IMAGES)
      expect(signRequests).toBe(IMAGES)
    }, 120_000)

    it('a registry that is killed leaves tasks, which end when it is back', async () => {
      const { worker, stm } = stack
      const images = await stack.push('team/killed', 2 * IMAGES)
      stm.emulator.setFaults([{ on: 'sign', answer: 'slow', delayMs: 100 }])
      let torn = 0
      let backlog = 0
      const { signRequests, requeued } = await stack.expectSigned(
        'registry killed with a backlog',
        images,
        async () => {
          const before = stack.countSignRequests()
          await worker.tell(images)
          await until(() => stack.countSignRequests() > before)
          await registry.close()
          backlog = (await worker.jobs('queued')).length
          // Long enough for attempts that find nobody.
          await wait(500)
          registry = await startDistribution(distribution, { storage })
          for (const image of images) if (await mendTornList(stack.host, image)) torn += 1
        },
        () => `${backlog} queued then, ${torn} lists torn`,
      )
      expect(backlog).toBeGreaterThan(0)
      expect(requeued).toBeGreaterThan(0)
      expect(signRequests).toBe(images.length)
    }, 60_000)
  },
)
