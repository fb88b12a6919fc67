// Whose credentials a registry gets, and when.

import { describe, expect, test } from 'vitest'
import { parseConfiguration } from '../../functions/configuration.ts'
import { createTestApi, image, REGISTRY, REPOSITORY, TOKEN } from '../support/api.ts'

const CREDENTIALS = { username: 'ci', password: 'secret' }
const BASIC = `Basic ${Buffer.from('ci:secret').toString('base64')}`
const REALM = 'tokens.example'

/** A registry that lets nobody in without credentials, and what it was shown. */
function lockedRegistry(challenge: string) {
  const shown: string[] = []
  let isLocked = false
  return {
    shown,
    lock: () => {
      isLocked = true
    },
    intercept: ({ headers }: Request): Response | undefined => {
      const authorization = headers.get('authorization')
      if (authorization !== null) shown.push(authorization)
      if (!isLocked || authorization !== null) return undefined
      return new Response('', { status: 401, headers: { 'www-authenticate': challenge } })
    },
  }
}

describe('credentials of a registry', () => {
  test("are the machine's own where CONFIG has none, asked for when the registry wants them", async () => {
    const registry = lockedRegistry('Basic realm="r"')
    const asked: string[] = []
    const api = await createTestApi({
      intercept: registry.intercept,
      findCredentials: async (host) => {
        asked.push(host)
        return CREDENTIALS
      },
    })
    const { reference } = await image(api)
    expect((await api.post('/v1/verify', { reference })).status).toBe(200)
    expect(asked).toEqual([])
    registry.lock()
    expect((await api.post('/v1/verify', { reference })).status).toBe(200)
    expect(new Set(asked)).toEqual(new Set([REGISTRY]))
    expect(new Set(registry.shown)).toEqual(new Set([BASIC]))
  })

  test('are not shown for callers who see only what is public', async () => {
    const registry = lockedRegistry('Basic realm="r"')
    const api = await createTestApi({
      intercept: registry.intercept,
      publicRepositories: [REPOSITORY],
      findCredentials: async () => CREDENTIALS,
    })
    const { reference } = await image(api)
    registry.lock()
    expect((await api.post('/v1/verify', { reference }, null)).status).toBe(502)
    expect(registry.shown).toEqual([])
  })

  test.each([
    [[], 502],
    [[REALM], 200],
  ])('go to a token server of another host only if it is trusted: %j', async (realms, status) => {
    const registry = lockedRegistry(`Bearer realm="https://${REALM}/token",service="${REGISTRY}"`)
    const grant = await createTestApi()
    const { callers } = parseConfiguration(
      new TextEncoder().encode(
        JSON.stringify({
          callers: [
            {
              name: 'ci',
              tokenSha256: await sha256(TOKEN),
              permissions: ['verify'],
              repositories: [`${REGISTRY}/${REPOSITORY}`],
            },
          ],
        }),
      ),
    )
    const toTokenServer: (string | null)[] = []
    const api = await createTestApi({ intercept: registry.intercept, built: grant.built })
    const { reference } = await image(api)
    registry.lock()
    const configuration = parseConfiguration(
      new TextEncoder().encode(
        JSON.stringify({ registries: [{ host: REGISTRY, ...CREDENTIALS, trustedRealms: realms }] }),
      ),
    )
    const behind = await createTestApi({
      built: grant.built,
      configuration: { ...configuration, callers },
      fetch: (async (input: RequestInfo | URL, init?: RequestInit) => {
        const request = new Request(input, init)
        if (new URL(request.url).host !== REALM) return api.fetch(request)
        toTokenServer.push(request.headers.get('authorization'))
        return Response.json({ token: 'given' })
      }) as typeof fetch,
    })
    expect((await behind.post('/v1/verify', { reference })).status).toBe(status)
    expect(new Set(toTokenServer)).toEqual(new Set(status === 200 ? [BASIC] : []))
  })
})

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Buffer.from(digest).toString('hex')
}
