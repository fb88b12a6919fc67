// Callers with tokens of an issuer, on every runtime: the API fetches the keys over HTTPS and verifies with what the
// runtime has.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RemoteApi, startRemoteApi } from '../plugin/remote-api.ts'
import { loopbackCertificate } from '../support/loopback-certificate.ts'
import {
  AUDIENCE,
  createTestIssuer,
  type TestIssuer,
  type TokenChanges,
} from '../support/oidc-issuer.ts'
import type { RunningApi, StartApi } from './runtimes.ts'
import { startWorld, type World } from './world.ts'

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** Describes the API's callers with tokens on a runtime. */
export function acceptsTokens(start: StartApi): void {
  let world: World
  let server: RemoteApi
  let issuers: ReadonlyMap<string, TestIssuer>
  let api: RunningApi

  beforeAll(async () => {
    world = await startWorld()
    const { key, certificate, ca } = loopbackCertificate()
    server = await startRemoteApi({ key, cert: certificate })
    // Each algorithm has an issuer, which is a path of the server.
    issuers = new Map(
      await Promise.all(
        ALGORITHMS.map(async (algorithm) => {
          const issuer = await createTestIssuer(algorithm, `${server.url}/${algorithm}`)
          return [algorithm, issuer] as const
        }),
      ),
    )
    server.answer = async ({ url }) => {
      const issuer = issuers.get(url.split('/')[1] ?? '')
      const document = issuer?.answer(new Request(server.url + url))
      return { status: document?.status ?? 404, body: (await document?.json()) ?? {} }
    }
    const callers = [...ALGORITHMS, 'missing'].map((name) => ({
      name,
      preset: 'github-actions',
      issuer: `${server.url}/${name}`,
      audience: AUDIENCE,
      claims: { repository_id: '4242', ref: 'refs/heads/main' },
      permissions: ['describe-key'],
      keys: ['ec-p256'],
    }))
    api = await start({ ...world, configuration: { callers }, extraCa: ca })
  })
  afterAll(async () => {
    await api?.close()
    await server?.close()
    await world?.close()
  })

  async function describeKey(algorithm: string, changes?: TokenChanges): Promise<Response> {
    const token = (await issuers.get(algorithm)?.token(new Date(), changes)) ?? ''
    return fetch(`${api.url}/v1/describe-key`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ contractVersion: '1.0', keyId: 'ec-p256' }),
    })
  }

  test.each(ALGORITHMS)(
    'takes a token that is signed with %s, and one fetch of keys',
    async (algorithm) => {
      const answers = [await describeKey(algorithm), await describeKey(algorithm)]
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      const urls = server.seen
        .map(({ url }) => url)
        .filter((url) => url.startsWith(`/${algorithm}/`))
      expect(urls).toEqual([`/${algorithm}/.well-known/openid-configuration`, `/${algorithm}/keys`])
    },
  )

  test.each<[string, TokenChanges]>([
    ['a fork', { claims: { repository_id: '5151' } }],
    ['pull_request_target', { claims: { event_name: 'pull_request_target' } }],
    ['another audience', { claims: { aud: 'https://a.example' } }],
    ['a time that is over', { claims: { exp: 1 } }],
  ])('refuses a token for %s', async (_what, changes) => {
    const answer = await describeKey('ES256', changes)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    expect(await answer.json()).toMatchObject({ code: 'caller-unauthenticated' })
  })

  test('refuses a token that another issuer signed', async () => {
    const answer = await describeKey('ES256', { claims: { iss: `${server.url}/ES384` } })
    expect(answer.status).toBe(401)
  })

  test('says that an issuer cannot be asked', async () => {
    const answer = await describeKey('ES256', { claims: { iss: `${server.url}/missing` } })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.json()).toMatchObject({ code: 'issuer-unavailable' })
    expect(api.lines().at(-1)).toMatchObject({
      outcome: 'issuer-unavailable',
      message: expect.stringContaining('/missing/.well-known/openid-configuration answered 404'),
    })
  })
}
