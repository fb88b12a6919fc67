// The suite that the API passes on every runtime: what a client sees must not depend on where it runs.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PushedImage, pushImage } from '../../demo/image.ts'
import { HTTP_STATUS } from '../../functions/problem.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { expectDocumented } from '../support/documented-answers.ts'
import { PROVOCATIONS, type Provocation, UNPROVOKED } from './problems.ts'
import type { RunningApi, StartApi } from './runtimes.ts'
import { PUBLIC_REPOSITORY, REPOSITORY, startWorld, TOKENS, type World } from './world.ts'

/** Describes the API on a runtime. */
export function conforms(start: StartApi): void {
  let world: World
  let api: RunningApi
  let image: PushedImage

  beforeAll(async () => {
    world = await startWorld()
    api = await start(world)
    image = await pushImage(world.registry.host, REPOSITORY, 'v1')
  })
  afterAll(async () => {
    await api?.close()
    await world?.close()
  })

  interface Answer {
    readonly status: number
    readonly headers: Headers
    readonly body: Readonly<Record<string, unknown>>
  }

  async function request(path: string, init: RequestInit = {}): Promise<Answer> {
    const answer = await fetch(`${api.url}${path}`, { redirect: 'manual', ...init })
    await expectDocumented(path, answer)
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : JSON.parse(text),
    }
  }

  function provoke({
    path,
    body,
    method = 'POST',
    contentType = 'application/json',
    token = 'operator',
  }: Provocation): Promise<Answer> {
    const sent = body(world)
    return request(path, {
      method,
      headers: {
        'content-type': contentType,
        ...(token === null ? {} : { authorization: `Bearer ${TOKENS[token]}` }),
      },
      body: typeof sent === 'string' ? sent : JSON.stringify(sent),
    })
  }

  function post(
    path: string,
    body: unknown,
    token: string | null = TOKENS.signer,
  ): Promise<Answer> {
    return request(path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  test('/livez answers anyone', async () => {
    expect(await request('/livez')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })

  test('/ is the page for people, under its policy', async () => {
    const { status, headers } = await fetch(`${api.url}/`)
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('/v1/describe-key answers the plugin contract', async () => {
    const asked = { contractVersion: '1.0', keyId: 'my-key' }
    expect(await post('/v1/describe-key', asked)).toMatchObject({
      status: 200,
      body: { keyId: 'my-key', keySpec: expect.stringMatching(/^(RSA|EC)-/) },
    })
  })

  test.each(['application/jose+json', 'application/cose'])(
    '/v1/sign pushes a signature as %s that /v1/verify, /v1/signatures and /v1/inspect show',
    async (signatureMediaType) => {
      const { reference } = await pushImage(world.registry.host, REPOSITORY, 'sign')
      const wish = {
        reference,
        keyId: 'my-key',
        signatureMediaType,
        timestampAuthority: 'emulator',
      }
      const signed = await post('/v1/sign', wish)
      expect(signed).toMatchObject({ status: 200, body: { keyId: 'my-key' } })
      const verdict = await post('/v1/verify', { reference }, TOKENS.reader)
      expect(verdict).toMatchObject({ status: 200, body: { verified: true } })
      const query = new URLSearchParams({ reference })
      const headers = { authorization: `Bearer ${TOKENS.reader}` }
      expect(await request(`/v1/signatures?${query}`, { headers })).toMatchObject({ status: 200 })
      expect(await post('/v1/inspect', { reference }, TOKENS.reader)).toMatchObject({ status: 200 })
    },
  )

  test.each([
    ['revoked', 'certificate-revoked'],
    ['unknown', 'revocation-unknown'],
    ['expired', 'revocation-unknown'],
  ] as const)('/v1/verify rejects a signature whose certificate is %s', async (state, code) => {
    const { reference } = await pushImage(world.registry.host, REPOSITORY, state)
    const wish = { reference, keyId: 'my-key', timestampAuthority: 'emulator' }
    expect(await post('/v1/sign', wish)).toMatchObject({ status: 200 })
    await world.emulator.setRevocation({ alias: 'my-key', state })
    const verdict = await post('/v1/verify', { reference })
    await world.emulator.setRevocation({ alias: 'my-key', state: 'good' })
    expect(verdict).toMatchObject({
      status: 200,
      body: {
        verified: false,
        signatures: [{ checks: expect.arrayContaining([expect.objectContaining({ code })]) }],
      },
    })
    expect(await post('/v1/verify', { reference })).toMatchObject({ body: { verified: true } })
  })

  test.each(['throttled', 'unavailable', 'reset'] as const)(
    '/v1/sign spends no second signature when the timestamp authority is %s twice',
    async (answer) => {
      const { reference } = await pushImage(world.registry.host, REPOSITORY, `busy-${answer}`)
      const spent = () =>
        world.emulator.requests.filter(({ path }) => path.endsWith('/sign')).length
      const before = spent()
      world.emulator.setFaults([{ on: 'timestamp', answer, next: 2 }])
      const wish = { reference, keyId: 'my-key', timestampAuthority: 'emulator' }
      expect(await post('/v1/sign', wish)).toMatchObject({ status: 200 })
      world.emulator.setFaults([])
      expect(spent()).toBe(before + 1)
    },
  )

  test('/v1/verify rejects what nobody signed, with 200', async () => {
    const { reference } = await pushImage(world.registry.host, REPOSITORY, 'unsigned')
    expect(await post('/v1/verify', { reference }, TOKENS.reader)).toMatchObject({
      status: 200,
      body: { verified: false, code: 'signature-missing' },
    })
  })

  test('/v1/verify answers anyone in a public repository alone', async () => {
    const open = await pushImage(world.registry.host, PUBLIC_REPOSITORY, 'v1')
    const verified = await post('/v1/verify', { reference: open.reference }, null)
    expect(verified).toMatchObject({ status: 200, body: { verified: false } })
    const hidden = await post('/v1/verify', { reference: image.reference }, null)
    expect(hidden).toMatchObject({ status: 401, body: { code: 'caller-unauthenticated' } })
  })

  test.each(['describe-key', 'generate-signature', 'sign'])(
    '/v1/%s answers 401 without a token and with a wrong one, 403 without the permission',
    async (route) => {
      for (const token of [null, 'no-such-token']) {
        const answer = await post(`/v1/${route}`, {}, token)
        expect(answer).toMatchObject({ status: 401, body: { code: 'caller-unauthenticated' } })
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
      }
      const bodies = {
        'describe-key': { contractVersion: '1.0', keyId: 'my-key' },
        'generate-signature': {
          contractVersion: '1.0',
          keyId: 'my-key',
          keySpec: 'RSA-3072',
          hashAlgorithm: 'SHA-384',
          payload: encodeBase64(new Uint8Array(1)),
        },
        sign: { reference: image.reference, keyId: 'my-key' },
      }
      const body = bodies[route as keyof typeof bodies]
      expect(await post(`/v1/${route}`, body, TOKENS.reader)).toMatchObject({
        status: 403,
        body: { code: 'caller-forbidden' },
      })
    },
  )

  test.each([
    ['malformed JSON', '/v1/verify', '{"planted":'],
    ['a duplicate member', '/v1/verify', '{"reference":"planted","reference":"planted"}'],
    ['an unknown member', '/v1/verify', '{"planted":1}'],
    ['a reference that is none', '/v1/verify', '{"reference":"pl planted"}'],
    ['an unknown key', '/v1/describe-key', '{"contractVersion":"1.0","keyId":"planted"}'],
    ['an unknown route', '/v1/planted', '{}'],
  ])('repeats nothing of %s', async (_what, path, body) => {
    const answer = await post(path, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(JSON.stringify(answer.body)).not.toContain('planted')
  })

  test.each(PROVOCATIONS.map((one) => [`${one.code} ${one.how ?? ''}`.trim(), one] as const))(
    'answers %s',
    async (_what, provocation) => {
      const { faults = [], profile = '', code, retryAfter } = provocation
      world.emulator.setFaults(faults)
      world.emulator.setProfile(profile)
      const answer = await provoke(provocation)
      world.emulator.setFaults([])
      world.emulator.setProfile('')
      expect(answer).toMatchObject({
        status: HTTP_STATUS[code],
        body: { code, status: HTTP_STATUS[code], title: expect.any(String) },
      })
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      if (retryAfter !== undefined) expect(answer.headers.get('retry-after')).toBe(retryAfter)
    },
  )

  test('names the methods of a route', async () => {
    const answer = await request('/v1/verify', { method: 'PUT' })
    expect(answer.headers.get('allow')).toBe('POST')
  })

  test('has every code of the table provoked, or says why not', () => {
    const provoked = PROVOCATIONS.map(({ code }) => code)
    const known = new Set([...provoked, ...Object.keys(UNPROVOKED)])
    expect(known).toEqual(new Set(Object.keys(HTTP_STATUS)))
  })

  test('writes one audit line for a decision, without the token', async () => {
    await post('/v1/verify', { reference: image.reference })
    await expect
      .poll(() => api.lines().findLast(({ event }) => event === 'verify'))
      .toMatchObject({ caller: 'signer', outcome: 'done', verified: false })
    expect(JSON.stringify(api.lines())).not.toContain(TOKENS.signer)
  })
}
