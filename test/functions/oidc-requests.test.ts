import { beforeAll, describe, expect, test } from 'vitest'
import { createTestApi, image, REGISTRY, REPOSITORY, type TestApi, TOKEN } from '../support/api.ts'
import { AT } from '../support/certificates.ts'
import { AUDIENCE, createTestIssuer, GITHUB, type TestIssuer } from '../support/oidc-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await createTestIssuer()
})

const RELEASE = {
  name: 'release',
  preset: 'github-actions',
  audience: AUDIENCE,
  claims: { repository_id: '4242', ref: 'refs/heads/main' },
  permissions: ['sign'],
  keys: ['my-key'],
  repositories: [`${REGISTRY}/${REPOSITORY}`],
}

function createApi(answer = issuer.answer): Promise<TestApi> {
  return createTestApi({ callers: [RELEASE], intercept: answer })
}

describe('a request with a token of an issuer', () => {
  test('signs for a run on the branch, and the log tells which', async () => {
    const api = await createApi()
    const { reference } = await image(api)
    const answer = await api.post(
      '/v1/sign',
      { reference, keyId: 'my-key' },
      await issuer.token(AT),
    )
    expect(answer.status).toBe(200)
    expect(api.audit).toEqual([
      expect.objectContaining({
        event: 'sign',
        caller: 'release',
        'claims.repository_id': '4242',
        'claims.run_id': '22259804324',
        repository: `${REGISTRY}/${REPOSITORY}`,
        outcome: 'done',
      }),
    ])
  })

  test.each([
    ['a fork', { repository_id: '5151', repository: 'stranger/app' }, 'repository_id'],
    ["a stranger's pull request", { event_name: 'pull_request_target' }, 'event_name'],
  ])(
    'signs nothing for %s; the log has the claim, the answer nothing',
    async (_what, claims, name) => {
      const api = await createApi()
      const { reference } = await image(api)
      const token = await issuer.token(AT, { claims })
      const answer = await api.post('/v1/sign', { reference, keyId: 'my-key' }, token)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
      const problem = await answer.json()
      expect(problem).toMatchObject({ code: 'caller-unauthenticated', status: 401 })
      expect(JSON.stringify(problem)).not.toMatch(/5151|stranger|pull_request_target|release/)
      expect(api.audit).toEqual([
        expect.objectContaining({
          event: 'sign',
          caller: undefined,
          mismatches: `release: ${name}`,
          outcome: 'caller-unauthenticated',
        }),
      ])
      for (const part of token.split('.')) expect(JSON.stringify(api.audit)).not.toContain(part)
    },
  )

  test.each([
    ['with another key', 'other-key', REPOSITORY],
    ['in another repository', 'my-key', 'team/other'],
  ])('signs nothing %s', async (_what, keyId, repository) => {
    const api = await createApi()
    const reference = `${REGISTRY}/${repository}:v1`
    const answer = await api.post('/v1/sign', { reference, keyId }, await issuer.token(AT))
    expect(answer.status).toBe(403)
    expect(api.asked.filter((url) => !url.startsWith(GITHUB))).toEqual([])
  })

  test('is 503 while the issuer is silent, and its reason stays in the log', async () => {
    const api = await createApi(() => new Response('marker-7f3a', { status: 500 }))
    const answer = await api.post('/v1/sign', {}, await issuer.token(AT))
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.json()).toMatchObject({
      code: 'issuer-unavailable',
      detail:
        'Cannot tell who is calling: the issuer of the token cannot be reached; try again later',
    })
    expect(api.audit).toEqual([
      expect.objectContaining({
        outcome: 'issuer-unavailable',
        message: `Cannot fetch the keys of issuer "${GITHUB}": ${GITHUB}/.well-known/openid-configuration answered 500`,
      }),
    ])
  })

  test('does not disturb callers with static tokens', async () => {
    const api = await createApi(({ url }) =>
      url.startsWith(GITHUB) ? new Response(null, { status: 500 }) : undefined,
    )
    const { reference } = await image(api)
    const answer = await api.post('/v1/sign', { reference, keyId: 'my-key' }, TOKEN)
    expect(answer.status).toBe(200)
  })

  test.each([
    ['no header', undefined, 'Bearer'],
    ['Basic credentials', 'Basic YTpi', 'Bearer'],
    ['an unknown token', 'Bearer abc', 'Bearer error="invalid_token"'],
  ])('%s is challenged as RFC 6750 has it', async (_what, authorization, challenge) => {
    const api = await createApi()
    const answer = await api.request('/v1/sign', {
      method: 'POST',
      headers: authorization === undefined ? {} : { authorization },
    })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(challenge)
  })
})
