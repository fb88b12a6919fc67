import { describe, expect, it } from 'vitest'
import { exchangeWithRetries, retryAfterSeconds } from '../../../shared/stm/retry.ts'
import { AT } from '../../support/certificates.ts'
import { failed, json, type Reply, scriptedService } from './scripted-service.ts'

const DEADLINE_MS = 60_000

async function exchange(method: 'GET' | 'POST', replies: readonly Reply[], chance = 0) {
  const { options, sleeps, requests } = scriptedService(replies)
  const outcome = await exchangeWithRetries(
    { method, url: 'https://host/', headers: {} },
    { callTimeoutMs: 30_000, deadline: new Date(AT.getTime() + DEADLINE_MS) },
    { ...options, randomBytes: () => Uint8Array.of(chance) },
  )
  return { outcome, sleeps, tries: requests.length }
}

describe('exchangeWithRetries()', () => {
  it.each([
    ['GET', 429, 5],
    ['GET', 500, 5],
    ['GET', 503, 5],
    ['GET', 404, 1],
    ['POST', 429, 5],
    ['POST', 503, 5],
    ['POST', 500, 1],
    ['POST', 504, 1],
  ] as const)('%s that answers %i is tried %i times', async (method, status, tries) => {
    const done = await exchange(method, [json({}, status)])
    expect(done.tries).toBe(tries)
    expect(done.outcome).toMatchObject({ kind: 'answer', status })
  })

  it.each([
    ['GET', failed(true), 5],
    ['GET', failed(false), 5],
    ['GET', failed(true, 'signer-timeout'), 5],
    ['GET', failed(false, 'configuration-invalid'), 1],
    ['POST', failed(false), 5],
    ['POST', failed(false, 'configuration-invalid'), 1],
    ['POST', failed(true), 1],
    ['POST', failed(true, 'signer-timeout'), 1],
  ] as const)('%s that fails as %j is tried %i times', async (method, failure, tries) => {
    expect((await exchange(method, [failure])).tries).toBe(tries)
  })

  it('waits longer each time, half of it by chance', async () => {
    expect((await exchange('GET', [json({}, 500)], 0)).sleeps).toEqual([100, 200, 400, 800])
    expect((await exchange('GET', [json({}, 500)], 255)).sleeps.map(Math.round)).toEqual([
      200, 399, 798, 1597,
    ])
  })

  it('waits as long as it is asked to, and a little more by chance', async () => {
    const busy = json({}, 429, { 'retry-after': '7' })
    expect((await exchange('POST', [busy, json({})], 0)).sleeps).toEqual([7000])
    expect((await exchange('POST', [busy, json({})], 128)).sleeps).toEqual([7125])
  })

  it('gives up at once when the wait would pass the deadline', async () => {
    const busy = json({}, 503, { 'retry-after': '60' })
    expect(await exchange('GET', [busy])).toMatchObject({ tries: 1, sleeps: [] })
  })
})

describe('retryAfterSeconds()', () => {
  it.each([
    ['120', 120],
    [' 0 ', 0],
    ['Wed, 02 Jan 2030 03:05:05 GMT', 60],
    ['Wednesday, 02-Jan-30 03:04:15 GMT', 10],
    ['Wed, 02 Jan 2030 03:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['2030-01-02', undefined],
    ['', undefined],
  ])('reads %j as %j', (value, seconds) => {
    expect(retryAfterSeconds(json({}, 429, { 'retry-after': value }), AT)).toBe(seconds)
  })

  it('is undefined without the header', () => {
    expect(retryAfterSeconds(json({}, 429), AT)).toBeUndefined()
  })
})
