// How much one step of a sweep asks for: platforms bound the requests of an invocation.

import { expect, it } from 'vitest'
import { pushIndex } from '../../support/pushed-index.ts'
import { sweep } from '../../support/run-sweep.ts'
import { createSigningService, RULE } from '../../support/signing-service.ts'

const INDEXES = 30
const CHILDREN = 8
/** Of Cloudflare: requests of one invocation, those to Durable Objects included. */
const MAX_SUBREQUESTS = 1000

it('a page of large indexes takes several steps, and each tag is swept once', async () => {
  const tagged = { ...RULE, tags: ['v*'] }
  const service = await createSigningService({ rules: [tagged] })
  const children = await Promise.all(
    Array.from({ length: CHILDREN }, (_, i) => service.push(`child-${i}`)),
  )
  for (let i = 0; i < INDEXES; i += 1)
    await pushIndex(service, `v${i}`, [...children.slice(i % CHILDREN), ...children.slice(0, i)])
  await sweep(service)

  service.asked.length = 0
  /** By how many tasks were performed before. */
  const requestsOf = new Map<number, number>()
  service.intercept = () => {
    const step = service.engine.performed.length
    requestsOf.set(step, (requestsOf.get(step) ?? 0) + 1)
    return undefined
  }
  const run = await sweep(service)

  expect(run).toMatchObject({ state: 'done', counts: { repositories: 1, due: 0 }, errors: [] })
  expect(run.counts.tags).toBe(INDEXES + CHILDREN)
  expect(requestsOf.size).toBeGreaterThan(2)
  // A state is read with each list of signatures.
  expect(Math.max(...requestsOf.values()) * 2).toBeLessThan(MAX_SUBREQUESTS)
  const heads = service.asked.filter((request) => request.startsWith('HEAD'))
  expect(new Set(heads).size).toBe(heads.length)
  expect(heads).toHaveLength(INDEXES + CHILDREN)
})
