// The fault table on Node with whole processes: whatever fails while images are signed, each has one signature at
// the end.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApiProcess } from '../support/api-process.ts'
import { recordFault } from '../support/fault-table.ts'
import { describePeers } from '../support/peers.ts'
import { kill, type SigningStack, startSigningStack, until } from './signing-on-node.ts'

const ENGINE = 'PGlite'
const IMAGES = 20
/** Tasks at once: a process that is killed takes so many sign requests with it at most. */
const CONCURRENCY = 4
/** A third of all that are needed then. */
const REFUSED = IMAGES / 2
/** So that a kill meets some of them, and a backlog. */
const SLOW_SIGN = { on: 'sign', answer: 'slow', delayMs: 100 } as const

describePeers('signing on Node', ['distribution'], ({ distribution }) => {
  let stack: SigningStack
  let api: ApiProcess

  beforeAll(async () => {
    stack = await startSigningStack(distribution, { isLasting: true })
    api = startApi()
    await api.url
  })
  afterAll(() => stack?.close())

  /** Always on the same folder. */
  function startApi(): ApiProcess {
    return stack.startApi({
      PORT: String(stack.apiPort),
      QUEUE_DIR: join(stack.folder, 'queue'),
      SIGNING_CONCURRENCY: String(CONCURRENCY),
    })
  }

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
    const settled = await settling

    const fault = 'registry killed with a backlog'
    recordFault({ fault, engine: ENGINE, ...settled, note: `${backlog} queued then` })
    expect(settled).toMatchObject({ signatures: IMAGES, signRequests: IMAGES, dead: 0 })
    expect(settled.requeued).toBeGreaterThan(0)
    expect(backlog).toBeGreaterThan(0)
  })

  it('a service and an authority that refuse a third of all requests cost none twice', async () => {
    const next = REFUSED / 2
    stack.stm.emulator.setFaults(
      (['sign', 'timestamp'] as const).flatMap((on) => [
        { on, answer: 'throttled', next },
        { on, answer: 'unavailable', next },
      ]),
    )
    const from = stack.stm.emulator.requests.length
    const images = await stack.push('stamped/refused', IMAGES)
    const settled = await stack.settle(await api.url, images)

    const timestamps = stack.stm.emulator.requests
      .slice(from)
      .filter(({ operation }) => operation === 'timestamp').length
    const note = `${timestamps} timestamp requests`
    recordFault({ fault: 'STM and TSA answer 429 and 503', engine: ENGINE, ...settled, note })
    expect(settled).toMatchObject({ signatures: IMAGES, dead: 0 })
    expect([settled.signRequests, timestamps]).toEqual([IMAGES + REFUSED, IMAGES + REFUSED])
  })
})
