// The fault table on Node with whole processes: the API, or the registry, is killed while images wait to be signed.

import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ApiProcess } from '../support/api-process.ts'
import { recordFault } from '../support/fault-table.ts'
import { describePeers } from '../support/peers.ts'
import { kill, type SigningStack, startSigningStack, until } from './signing-on-node.ts'

const IMAGES = 20
/** Tasks at once: a process that is killed takes so many sign requests with it at most. */
const CONCURRENCY = 4
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
    'an API that is killed at sign request %i leaves all that is unsigned to the next',
    async (moment) => {
      const requests = stack.countSignRequests()
      const countSignRequests = () => stack.countSignRequests() - requests
      stack.stm.emulator.setFaults([SLOW_SIGN])
      const pushing = stack.push(`api-${moment}`, IMAGES)
      await until(() => countSignRequests() >= moment)
      await kill(api)
      stack.stm.emulator.setFaults([])
      const images = await pushing
      const backlog = (await stack.countSignatures(images)).filter((count) => count === 0).length
      api = startApi()
      const dead = await stack.settle(await api.url, images)

      const counts = await stack.countSignatures(images)
      const signRequests = countSignRequests()
      recordFault({
        fault: `API killed at sign request ${moment}`,
        engine: 'PGlite',
        images: IMAGES,
        signatures: counts.reduce((sum, count) => sum + count, 0),
        signRequests,
        dead,
        note: `${backlog} unsigned then`,
      })
      expect(counts).toEqual(images.map(() => 1))
      expect(dead).toBe(0)
      expect(backlog).toBeGreaterThan(0)
      expect(signRequests).toBeGreaterThanOrEqual(IMAGES)
      expect(signRequests).toBeLessThanOrEqual(IMAGES + CONCURRENCY)
    },
  )
})
