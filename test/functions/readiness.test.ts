import { describe, expect, test } from 'vitest'
import { READINESS_MAX_AGE_MS } from '../../functions/limits.ts'
import { createTestApi, REGISTRY } from '../support/api.ts'
import { AT } from '../support/certificates.ts'

const later = (milliseconds: number) => new Date(AT.getTime() + milliseconds)

describe('/readyz', () => {
  test('answers 200 where registries and Software Trust Manager answer', async () => {
    const api = await createTestApi()
    const answer = await api.request('/readyz')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ status: 'ready', failing: [], degraded: [] })
    expect(api.asked).toEqual([`https://${REGISTRY}/v2/`])
  })

  test('does not ask for Software Trust Manager where none is configured', async () => {
    const api = await createTestApi({ createSigner: undefined, reachSigner: undefined })
    expect((await api.request('/readyz')).status).toBe(200)
  })

  test.each([
    ['cannot be reached', () => Promise.reject(new Error('refused'))],
    ['answers 503', () => Promise.resolve({ status: 503 })],
  ])('names Software Trust Manager when it %s', async (_what, reachSigner) => {
    const answer = await (await createTestApi({ reachSigner })).request('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toEqual({ status: 'unavailable', failing: ['stm'], degraded: [] })
  })

  test('names the registry that fails', async () => {
    const intercept = (): Response => new Response(null, { status: 500 })
    const answer = await (await createTestApi({ intercept })).request('/readyz')
    expect(await answer.json()).toEqual({
      status: 'unavailable',
      failing: [`registry ${REGISTRY}`],
      degraded: [],
    })
  })

  test('takes a registry that wants credentials for one that answers', async () => {
    const intercept = (): Response => new Response(null, { status: 401 })
    expect((await (await createTestApi({ intercept })).request('/readyz')).status).toBe(200)
  })

  test('asks again only when what it found is old, or the clock went back', async () => {
    let now = AT
    const api = await createTestApi({ now: () => now })
    for (const milliseconds of [0, READINESS_MAX_AGE_MS - 1, READINESS_MAX_AGE_MS, 0]) {
      now = later(milliseconds)
      await api.request('/readyz')
    }
    expect(api.asked).toHaveLength(3)
  })

  test('takes no other method than GET', async () => {
    const answer = await (await createTestApi()).request('/readyz', { method: 'POST' })
    expect(answer.status).toBe(405)
  })
})
