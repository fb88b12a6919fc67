import { beforeAll, describe, expect, test } from 'vitest'
import {
  createIssuerKeyFinder,
  type FindIssuerKeys,
  type IssuerKeyCache,
} from '../../functions/oidc-issuer-keys.ts'
import { createTestIssuer, GITHUB, KEY_ID, type TestIssuer } from '../support/oidc-issuer.ts'

const ISSUER = { issuer: GITHUB, jwksUri: undefined }
const START_MS = Date.parse('2026-03-01T12:00:00Z')
const MINUTE_MS = 60_000
const WHERE = `Cannot fetch the keys of issuer "${GITHUB}": `

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
})

/** A finder in a world that a test changes. */
interface World {
  readonly find: FindIssuerKeys
  readonly asked: string[]
  readonly cache: IssuerKeyCache
  nowMs: number
  answer: (url: string, init: RequestInit) => Response | Promise<Response>
}

function createWorld(): World {
  const asked: string[] = []
  const cache: IssuerKeyCache = new Map()
  const world: World = {
    find: createIssuerKeyFinder({
      fetch: async (url, init) => {
        asked.push(url)
        return world.answer(url, init)
      },
      now: () => new Date(world.nowMs),
      issuerKeyCache: cache,
    }),
    asked,
    cache,
    nowMs: START_MS,
    answer: (url) => issuer.answer(new Request(url)) ?? new Response(null, { status: 404 }),
  }
  return world
}

/** Discovery that holds what a test says, and the issuer's keys. */
function discovering(document: unknown): World['answer'] {
  return (url) =>
    url.endsWith('/openid-configuration')
      ? Response.json(document)
      : (issuer.answer(new Request(url)) ?? new Response(null, { status: 404 }))
}

describe('createIssuerKeyFinder()', () => {
  test('discovers where the keys are, and asks once for many tokens', async () => {
    const { find, asked } = createWorld()
    const [keys] = await Promise.all([1, 2, 3].map(() => find(ISSUER, KEY_ID)))
    await find(ISSUER, KEY_ID)
    expect(keys?.keyIds).toEqual(new Set([KEY_ID]))
    expect(asked).toEqual([`${GITHUB}/.well-known/openid-configuration`, `${GITHUB}/keys`])
  })

  test('asks only where CONFIG says, if it does', async () => {
    const world = createWorld()
    const { publicJwk } = issuer
    world.answer = () => Response.json({ keys: [publicJwk] })
    await world.find({ issuer: GITHUB, jwksUri: 'https://keys.example/a' }, KEY_ID)
    expect(world.asked).toEqual(['https://keys.example/a'])
  })

  test.each([
    ['ticks', 1],
    ['goes back', -1],
  ])('uses what it fetched while the clock %s', async (_what, stepMs) => {
    const world = createWorld()
    const { answer } = world
    let nowMs = START_MS
    const find = createIssuerKeyFinder({
      fetch: async (url, init) => answer(url, init),
      now: () => {
        nowMs += stepMs
        return new Date(nowMs)
      },
      issuerKeyCache: world.cache,
    })
    expect((await find(ISSUER, KEY_ID))?.keyIds).toEqual(new Set([KEY_ID]))
  })

  test('keeps what it fetched for the next finder of one isolate', async () => {
    const { find, cache } = createWorld()
    await find(ISSUER, KEY_ID)
    const fetch = async (): Promise<Response> => Promise.reject(new Error('asked again'))
    const next = createIssuerKeyFinder({
      fetch,
      now: () => new Date(START_MS),
      issuerKeyCache: cache,
    })
    expect((await next(ISSUER, KEY_ID))?.keyIds).toEqual(new Set([KEY_ID]))
  })

  test('finds a new key of an issuer, and forgets the old one', async () => {
    const world = createWorld()
    await world.find(ISSUER, KEY_ID)
    const rotated = await createTestIssuer('ES256', GITHUB, 'key-2')
    world.answer = (url) => rotated.answer(new Request(url)) ?? new Response(null, { status: 404 })
    world.nowMs += 31_000
    expect((await world.find(ISSUER, 'key-2'))?.keyIds).toEqual(new Set(['key-2']))
    expect(await world.find(ISSUER, KEY_ID)).toBeUndefined()
    expect(world.asked).toHaveLength(4)
  })

  test('asks again for unknown keys once in half a minute', async () => {
    const world = createWorld()
    expect(await world.find(ISSUER, 'made-up-1')).toBeUndefined()
    expect(await world.find(ISSUER, 'made-up-2')).toBeUndefined()
    world.nowMs += 29_000
    expect(await world.find(ISSUER, 'made-up-3')).toBeUndefined()
    expect(world.asked).toHaveLength(2)
    world.nowMs += 1000
    expect(await world.find(ISSUER, 'made-up-4')).toBeUndefined()
    expect(world.asked).toHaveLength(4)
  })

  test.each([
    ['after ten minutes', 10 * MINUTE_MS],
    ['when the clock went back', -1],
  ])('fetches keys anew %s', async (_what, passedMs) => {
    const world = createWorld()
    await world.find(ISSUER, KEY_ID)
    world.nowMs += passedMs
    await world.find(ISSUER, KEY_ID)
    expect(world.asked).toHaveLength(4)
  })

  test('keeps known keys in use while a look for unknown ones fails', async () => {
    const world = createWorld()
    await world.find(ISSUER, KEY_ID)
    world.nowMs += MINUTE_MS
    world.answer = () => new Response(null, { status: 502 })
    await expect(world.find(ISSUER, 'key-2')).rejects.toMatchObject({ code: 'issuer-unavailable' })
    expect((await world.find(ISSUER, KEY_ID))?.keyIds).toEqual(new Set([KEY_ID]))
  })

  test('leaves an issuer that failed alone for five seconds, then asks again', async () => {
    const world = createWorld()
    const { answer } = world
    world.answer = () => new Response(null, { status: 502 })
    const failure = {
      code: 'issuer-unavailable',
      message: `${WHERE}${GITHUB}/.well-known/openid-configuration answered 502`,
      retryAfterSeconds: 5,
    }
    await expect(world.find(ISSUER, KEY_ID)).rejects.toMatchObject(failure)
    world.answer = answer
    world.nowMs += 4999
    await expect(world.find(ISSUER, KEY_ID)).rejects.toMatchObject(failure)
    expect(world.asked).toHaveLength(1)
    world.nowMs += 1
    expect(await world.find(ISSUER, KEY_ID)).toBeDefined()
  })

  test('does not use old keys when new ones cannot be had', async () => {
    const world = createWorld()
    await world.find(ISSUER, KEY_ID)
    world.nowMs += 10 * MINUTE_MS
    world.answer = () => new Response(null, { status: 500 })
    await expect(world.find(ISSUER, KEY_ID)).rejects.toMatchObject({ code: 'issuer-unavailable' })
  })

  test.each<[string, World['answer'], string]>([
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: 'https://a.example' } }),
      '/.well-known/openid-configuration answered 302',
    ],
    [
      'more than 256 KiB',
      () => new Response('['.repeat(256 * 1024 + 1)),
      'is longer than 262144 bytes',
    ],
    ['no JSON', () => new Response('<html>'), 'is not a JSON object'],
    ['a list', () => Response.json([]), 'is not a JSON object'],
    [
      'no connection',
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })),
      'ECONNREFUSED',
    ],
    [
      'silence',
      () => Promise.reject(new DOMException('too slow', 'TimeoutError')),
      'no complete answer within 5 s',
    ],
    [
      "another issuer's document",
      discovering({ issuer: 'https://a.example', jwks_uri: `${GITHUB}/keys` }),
      'its discovery document is of another',
    ],
    ['no place of keys', discovering({ issuer: GITHUB }), 'names no "jwks_uri" of its own origin'],
    [
      'a place of keys elsewhere',
      discovering({ issuer: GITHUB, jwks_uri: 'https://169.254.169.254/keys' }),
      'set "jwksUri" of its callers in CONFIG',
    ],
    [
      'a place of keys without TLS',
      discovering({ issuer: GITHUB, jwks_uri: `${GITHUB.replace('https', 'http')}/keys` }),
      'names no "jwks_uri" of its own origin',
    ],
    [
      'keys that are no list',
      (url) =>
        url.endsWith('/keys')
          ? Response.json({ keys: {} })
          : (issuer.answer(new Request(url)) ?? new Response()),
      'its key document has no list "keys"',
    ],
  ])('is inconclusive about an issuer that answers with %s', async (_what, answer, reason) => {
    const world = createWorld()
    world.answer = answer
    await expect(world.find(ISSUER, KEY_ID)).rejects.toMatchObject({
      code: 'issuer-unavailable',
      message: expect.stringContaining(reason),
    })
    expect(world.asked.every((url) => url.startsWith(GITHUB))).toBe(true)
  })

  test('follows no redirect and gives up after a time', async () => {
    const world = createWorld()
    const inits: RequestInit[] = []
    const { answer } = world
    world.answer = (url, init) => {
      inits.push(init)
      return answer(url, init)
    }
    await world.find(ISSUER, KEY_ID)
    for (const init of inits) {
      expect(init.redirect).toBe('manual')
      expect(init.signal).toBeInstanceOf(AbortSignal)
    }
  })

  test('does not verify with secret keys, whatever an issuer publishes', async () => {
    const world = createWorld()
    world.answer = (url) =>
      url.endsWith('/keys')
        ? Response.json({ keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'secret' }, 'text', {}] })
        : (issuer.answer(new Request(url)) ?? new Response())
    expect(await world.find(ISSUER, 'secret')).toBeUndefined()
  })
})
