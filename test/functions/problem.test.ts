import { describe, expect, test } from 'vitest'
import { HTTP_STATUS } from '../../functions/problem.ts'
import { createTestApi, image, REGISTRY, REPOSITORY } from '../support/api.ts'

const REFERENCE = `${REGISTRY}/${REPOSITORY}`

describe('problems', () => {
  const MARKER = 'marker-7f3a'

  test.each([
    ['GET', '/v1/sign', undefined, 405, 'method-not-allowed'],
    ['GET', `/v1/${MARKER}`, undefined, 404, 'route-unknown'],
    ['POST', '/v1/verify', `{"${MARKER}":`, 400, 'request-invalid'],
    ['POST', '/v1/verify', `{"reference":"${MARKER}"}`, 400, 'reference-invalid'],
    ['POST', '/v1/verify', `{"reference":"a.example/b:c","${MARKER}":1}`, 400, 'request-invalid'],
    [
      'POST',
      '/v1/sign',
      JSON.stringify({ keyId: 'my-key', reference: 'x'.repeat(70_000) }),
      413,
      'request-too-large',
    ],
  ])(
    '%s %s is a problem document that repeats nothing of the body',
    async (method, path, body, status, code) => {
      const api = await createTestApi()
      const headers = {
        'content-type': 'application/json',
        authorization: 'Bearer token-of-the-ci-job',
      }
      const answer = await api.request(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      const { instance, ...problem } = (await answer.json()) as Record<string, unknown>
      expect(instance).toBe(path)
      expect(problem).toMatchObject({
        status,
        code,
        type: `urn:notation-digicert-stm:problem:${code}`,
      })
      expect(JSON.stringify(problem)).not.toContain(MARKER)
    },
  )

  test("a digest that is not the descriptor's is refused", async () => {
    const api = await createTestApi()
    const { descriptor } = await image(api)
    const body = {
      artifactReference: `${REFERENCE}@sha256:${'0'.repeat(64)}`,
      descriptor,
      signature: { mediaType: 'application/cose', envelope: 'AAAA' },
    }
    expect(await (await api.post('/v1/verify', body)).json()).toMatchObject({
      status: 400,
      code: 'request-invalid',
    })
  })

  test('an unexpected error is 500, and its text stays in the log', async () => {
    const api = await createTestApi({
      createSigner: () => {
        throw new TypeError('secret detail')
      },
    })
    const answer = await api.post('/v1/describe-key', { contractVersion: '1.0', keyId: 'my-key' })
    expect(answer.status).toBe(500)
    expect(await answer.text()).not.toContain('secret detail')
    expect(api.audit.at(-1)).toMatchObject({
      event: 'error',
      code: 'internal',
      message: expect.stringContaining('secret detail'),
    })
  })

  test('without a trust policy a verification is an error, not a verdict', async () => {
    const api = await createTestApi({ trustBundle: undefined })
    const answer = await api.post('/v1/verify', { reference: `${REFERENCE}:v1` })
    expect(await answer.json()).toMatchObject({
      status: HTTP_STATUS['policy-invalid'],
      code: 'policy-invalid',
    })
  })

  test('GET /livez answers', async () => {
    const api = await createTestApi()
    expect((await api.request('/livez')).status).toBe(200)
  })
})
