// One suite for the API on every runtime: what a client sees must not depend on where it runs.

import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PushedImage, pushImage } from '../../demo/image.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { DENO_PATH } from '../peers/runtimes.ts'
import { leaveOut } from '../support/peers.ts'
import { RUNTIMES, type RunningApi, type StartApi } from './runtimes.ts'
import { PUBLIC_REPOSITORY, REPOSITORY, startWorld, TOKENS, type World } from './world.ts'

for (const [name, start] of Object.entries(RUNTIMES)) {
  if (name === 'Deno' && !existsSync(DENO_PATH)) leaveOut('the API on Deno', 'Deno')
  else describe(`the API on ${name}`, () => conforms(start))
}

function conforms(start: StartApi): void {
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
    const text = await answer.text()
    return {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : JSON.parse(text),
    }
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
    ['malformed JSON', '/v1/verify', '{"reference":', 400, 'request-invalid'],
    [
      'a duplicate member',
      '/v1/verify',
      '{"reference":"a","reference":"b"}',
      400,
      'request-invalid',
    ],
    ['an unknown member', '/v1/verify', '{"planted":1}', 400, 'request-invalid'],
    ['a body too large', '/v1/inspect', 'x'.repeat(40 * 1024 * 1024), 413, 'request-too-large'],
    [
      'a reference that is none',
      '/v1/verify',
      '{"reference":"pl anted"}',
      400,
      'reference-invalid',
    ],
    [
      'an unknown key',
      '/v1/describe-key',
      '{"contractVersion":"1.0","keyId":"planted"}',
      403,
      'caller-forbidden',
    ],
    [
      'another contract version',
      '/v1/describe-key',
      '{"contractVersion":"2.0","keyId":"my-key"}',
      400,
      'contract-version-unsupported',
    ],
    ['an unknown route', '/v1/planted', '{}', 404, 'route-unknown'],
  ])('answers %s as a problem that repeats none of it', async (_what, path, body, status, code) => {
    const answer = await post(path, body)
    expect(answer).toMatchObject({ status, body: { status, code } })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(JSON.stringify(answer.body).replace('/v1/planted', '')).not.toContain('planted')
  })

  test('answers another content type with 415 and another method with 405', async () => {
    const headers = { 'content-type': 'text/plain', authorization: `Bearer ${TOKENS.signer}` }
    const text = { method: 'POST', headers, body: '{}' }
    expect(await request('/v1/verify', text)).toMatchObject({ status: 415 })
    const put = await request('/v1/verify', { method: 'PUT' })
    expect(put).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } })
    expect(put.headers.get('allow')).toBe('POST')
  })

  test('writes one audit line for a decision, without the token', async () => {
    await post('/v1/verify', { reference: image.reference })
    await expect
      .poll(() => api.lines().findLast(({ event }) => event === 'verify'))
      .toMatchObject({ caller: 'signer', outcome: 'done', verified: false })
    expect(JSON.stringify(api.lines())).not.toContain(TOKENS.signer)
  })

  test("names no reason of the service's own when it fails", async () => {
    world.emulator.setFaults([{ on: 'sign', answer: 'unauthorized', next: 1 }])
    const wish = { reference: image.reference, keyId: 'my-key' }
    const answer = await post('/v1/sign', wish)
    world.emulator.setFaults([])
    expect(answer).toMatchObject({ status: 502, body: { code: 'signer-denied' } })
  })
}
