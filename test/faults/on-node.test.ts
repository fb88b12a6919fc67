// The fault table on Node with whole processes: whatever fails while images are signed, each has one signature at
// the end.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApiProcess } from '../support/api-process.ts'
import { recordFault } from '../support/fault-table.ts'
import { createNotationWithPlugin, type Notation } from '../support/notation.ts'
import { describePeers } from '../support/peers.ts'
import { startOtherTool } from './other-tool.ts'
import {
  countVerified,
  kill,
  type SigningStack,
  startSigningStack,
  until,
} from './signing-on-node.ts'
import { WRONG_SIGNATURES } from './wrong-signatures.ts'

const ENGINE = 'PGlite'
const IMAGES = 20
/** Tasks at once: a process that is killed takes so many sign requests with it at most. */
const CONCURRENCY = 4
/** A third of all that are needed then. */
const REFUSED = IMAGES / 2
/** Signed by another tool, too, which is slow. */
const SHARED_IMAGES = 2
/** So that a kill meets some of them, and a backlog. */
const SLOW_SIGN = { on: 'sign', answer: 'slow', delayMs: 100 } as const
/** Each costs its sign request, and another. */
const WRONG_TIMESTAMPS = [
  ...(['server-error', 'reset', 'html', 'truncated', 'cut-off'] as const),
  ...(['wrong-nonce', 'wrong-imprint', 'rejected'] as const),
]

/** The emulator's certificates name nobody who tells of revocation. */
const POLICY = { override: { revocation: 'skip' } } as const

describePeers(
  'signing on Node',
  ['distribution', 'notation'],
  ({ distribution, notation: binary }) => {
    let stack: SigningStack
    let api: ApiProcess
    let notation: Notation

    beforeAll(async () => {
      stack = await startSigningStack(distribution, { isLasting: true })
      api = startApi()
      await api.url
      notation = await createNotationWithPlugin(binary, stack.stm.emulator.environment)
      await notation.addCertificate('ca', 'stm', stack.stm.emulator.signingRootPem)
      await notation.addCertificate('tsa', 'stm', stack.stm.emulator.tsaRootPem)
      await notation.setPolicy({ ...POLICY, trustStores: ['ca:stm'] })
    })
    afterAll(async () => {
      await notation?.close()
      await stack?.close()
    })

    /** Always on the same folder. */
    function startApi(): ApiProcess {
      return stack.startApi({
        PORT: String(stack.apiPort),
        QUEUE_DIR: join(stack.folder, 'queue'),
        SIGNING_CONCURRENCY: String(CONCURRENCY),
      })
    }

    // The first: a sweep goes through every repository that is there.
    it("what another tool overwrites a sweep lists again, beside what is that tool's", async () => {
      const url = await api.url
      // Hears of the images when the other tool has begun.
      api.signal('SIGSTOP')
      const images = await stack.push('team/shared', SHARED_IMAGES)
      const other = await startOtherTool(notation, stack.host, images)
      const requestsOfOthers = stack.countSignRequests()
      api.signal('SIGCONT')
      await stack.settle(url, images)
      const list = () => Promise.all(images.map(stack.listSignatures))
      const ours = await list()
      expect(await other.write()).toEqual(images.map(() => 0))
      const theirs = await list()
      await sweep(url)
      const settled = await stack.settle(url, images)

      const signRequests = settled.signRequests - requestsOfOthers
      const isLost = ours.filter(([signature = ''], i) => !theirs[i]?.includes(signature))
      const row = {
        ...settled,
        signatures: settled.signatures - theirs.flat().length,
        signRequests,
      }
      const note = `${isLost.length} overwritten, listed again by a sweep`
      recordFault({ fault: 'another tool writes the same lists', engine: ENGINE, ...row, note })
      expect(requestsOfOthers).toBe(SHARED_IMAGES)
      expect(theirs.map(({ length }) => length)).toEqual(images.map(() => 1))
      expect(isLost).toHaveLength(SHARED_IMAGES)
      expect(await countVerified(notation, stack.host, images)).toBe(SHARED_IMAGES)
      expect(await list()).toEqual(images.map((_, i) => [...(theirs[i] ?? []), ...(ours[i] ?? [])]))
      expect(row).toMatchObject({ signatures: SHARED_IMAGES, signRequests: SHARED_IMAGES, dead: 0 })
    })

    it.each([1, 8, 16])(
      'an API that is killed at sign request %i leaves what is unsigned to the next',
      async (moment) => {
        stack.stm.emulator.setFaults([SLOW_SIGN])
        const pushing = stack.push(`team/api-${moment}`, IMAGES)
        await until(() => stack.countSignRequests() >= moment)
        await kill(api)
        stack.stm.emulator.setFaults([])
        const images = await pushing
        const backlog = (await stack.countSignatures(images)).filter((count) => count === 0).length
        api = startApi()
        const settled = await stack.settle(await api.url, images)

        const fault = `API killed at sign request ${moment}`
        recordFault({ fault, engine: ENGINE, ...settled, note: `${backlog} unsigned then` })
        expect(settled).toMatchObject({ signatures: IMAGES, requeued: 0, dead: 0 })
        expect(await countVerified(notation, stack.host, images)).toBe(IMAGES)
        expect(backlog).toBeGreaterThan(0)
        expect(settled.signRequests).toBeGreaterThanOrEqual(IMAGES)
        expect(settled.signRequests).toBeLessThanOrEqual(IMAGES + CONCURRENCY)
      },
    )

    it('a registry that is killed leaves tasks, which end when it is back', async () => {
      const url = await api.url
      stack.stm.emulator.setFaults([SLOW_SIGN])
      const images = await stack.push('team/registry', IMAGES)
      await until(() => stack.isAllKnown(url, images))
      await stack.killRegistry()
      const backlog = (await stack.listJobs(url, 'queued')).length
      const settling = stack.settle(url, images)
      await until(async () => (await stack.listJobs(url, 'queued')).some(({ code }) => code))
      await stack.restartRegistry()
      const torn = await stack.mendTornLists(images)
      const settled = await settling

      const fault = 'registry killed with a backlog'
      recordFault({
        fault,
        engine: ENGINE,
        ...settled,
        note: `${backlog} queued then, ${torn} lists torn`,
      })
      expect(settled).toMatchObject({ signatures: IMAGES, signRequests: IMAGES, dead: 0 })
      expect(await countVerified(notation, stack.host, images)).toBe(IMAGES)
      expect(settled.requeued).toBeGreaterThan(0)
      expect(backlog).toBeGreaterThan(0)
    })

    it('a service and an authority that refuse a third of all requests cost none twice', async () => {
      // With an authority to trust, notation accepts no signature without a timestamp.
      await notation.setPolicy({ ...POLICY, trustStores: ['ca:stm', 'tsa:stm'] })
      const next = REFUSED / 2
      stack.stm.emulator.setFaults(
        (['sign', 'timestamp'] as const).flatMap((on) => [
          { on, answer: 'throttled', next },
          { on, answer: 'unavailable', next },
        ]),
      )
      const countTimestamps = timestampCounter()
      const images = await stack.push('stamped/refused', IMAGES)
      const settled = await stack.settle(await api.url, images)

      const note = `${countTimestamps()} timestamp requests`
      recordFault({ fault: 'STM and TSA answer 429 and 503', engine: ENGINE, ...settled, note })
      expect(settled).toMatchObject({ signatures: IMAGES, dead: 0 })
      expect(await countVerified(notation, stack.host, images)).toBe(IMAGES)
      expect([settled.signRequests, countTimestamps()]).toEqual([
        IMAGES + REFUSED,
        IMAGES + REFUSED,
      ])
    })

    it('a service and an authority that answer wrongly leave no wrong signature', async () => {
      stack.stm.emulator.setFaults([
        { on: 'sign', answer: 'not-found', next: 1 },
        ...WRONG_SIGNATURES.map((answer) => ({ on: 'sign', answer, next: 1 }) as const),
        ...WRONG_TIMESTAMPS.map((answer) => ({ on: 'timestamp', answer, next: 1 }) as const),
      ])
      const url = await api.url
      const countTimestamps = timestampCounter()
      const images = await stack.push('stamped/wrong', IMAGES)
      await until(async () => (await stack.listJobs(url, 'dead')).length > 0)
      const dead = await stack.listJobs(url, 'dead')
      for (const { id } of dead) await stack.ask(url, `/v1/signing-jobs/${id}/replay`, {})
      const settled = await stack.settle(url, images)

      const ways = 1 + WRONG_SIGNATURES.length + WRONG_TIMESTAMPS.length
      const fault = `STM and TSA answer wrongly, ${ways} ways`
      const note = `${countTimestamps()} timestamp requests; 404 replayed`
      recordFault({ fault, engine: ENGINE, ...settled, note })
      expect(settled).toMatchObject({ signatures: IMAGES, dead: 0 })
      expect(await countVerified(notation, stack.host, images)).toBe(IMAGES)
      expect(dead).toMatchObject([{ code: 'key-unknown' }])
      expect([settled.signRequests, countTimestamps()]).toEqual([
        IMAGES + WRONG_SIGNATURES.length + 1,
        IMAGES + WRONG_TIMESTAMPS.length,
      ])
    })

    /** Counts from now on. */
    function timestampCounter(): () => number {
      const { emulator } = stack.stm
      const from = emulator.requests.length
      return () =>
        emulator.requests.slice(from).filter(({ operation }) => operation === 'timestamp').length
    }

    /** Has one run, to its end. */
    async function sweep(url: string): Promise<void> {
      await stack.ask(url, '/v1/sweep', { dryRun: false })
      await until(async () => {
        const { state } = (await stack.ask(url, '/v1/sweep')) as { readonly state: string }
        return state === 'done'
      })
    }
  },
)
