// What a signature costs on Workers: requests to the registry and to Software Trust Manager, by the Worker that is
// deployed, when it has signed in the repository before.

import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pushImage } from '../../../demo/image.ts'
import { startRegistry } from '../../../demo/registry/start.ts'
import { startFaultedWorker } from '../../faults/faulted-worker.ts'
import { type EmulatedStm, startEmulatedStm } from '../../interop/emulated-stm.ts'

const REPOSITORY = 'team/app'
const POLL_MS = 10

let stm: EmulatedStm
beforeAll(async () => {
  stm = await startEmulatedStm()
})
afterAll(() => stm?.close())

it.each([
  { how: 'the referrers API', referrersApi: true, requests: 9 },
  { how: 'the tag schema', referrersApi: false, requests: 11 },
])('with $how a second signature costs $requests registry requests', async (given) => {
  const registry = await startRegistry({ referrersApi: given.referrersApi })
  const worker = await startFaultedWorker(registry.host, stm)
  const signed = () => worker.log.filter(({ event }) => event === 'sign-by-rule').length
  const sign = async (tag: string): Promise<void> => {
    const before = signed()
    const { digest } = await pushImage(registry.host, REPOSITORY, tag)
    await worker.tell([{ repository: REPOSITORY, digest, tag }])
    while (signed() === before) await wait(POLL_MS)
    // The task has a word to say after it.
    while ((await worker.jobs('active')).length > 0) await wait(POLL_MS)
  }
  try {
    await sign('first')
    const asked: string[] = []
    worker.intercept = async ({ method, url }) => {
      asked.push(`${method} ${new URL(url).pathname}`)
      return undefined
    }
    const stmRequests = stm.emulator.requests.length
    await sign('second')

    expect(await worker.jobs('dead')).toEqual([])
    expect(asked).toHaveLength(given.requests)
    expect(stm.emulator.requests.length - stmRequests).toBe(1)
  } finally {
    await worker.close()
    await registry.close()
  }
})
