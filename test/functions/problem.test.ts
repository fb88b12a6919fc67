import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HTTP_STATUS } from '../../functions/problem.ts'
import { createTestApi, image, REGISTRY, REPOSITORY } from '../support/api.ts'

const MARKER = 'marker-7f3a'
const REFERENCE = `${REGISTRY}/${REPOSITORY}`

describe('problems', () => {
  test.each([
    ['GET', '/v1/sign', undefined, 405, 'method-not-allowed'],
    ['GET', `/v1/${MARKER}`, undefined, 404, 'route-unknown'],
    ['POST', '/v1/verify', `{"${MARKER}":`, 400, 'request-invalid'],
    ['POST', '/v1/verify', `{"reference":"${MARKER}"}`, 400, 'reference-invalid'],
    ['POST', '/v1/verify', `{"reference":"${MARKER}.example/a:b"}`, 404, 'artifact-unknown'],
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
      const problem = await answer.json()
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
      event: 'describe-key',
      caller: 'ci',
      keyId: 'my-key',
      outcome: 'internal',
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

  test('a method that a route does not take is 405 and told which it does', async () => {
    const api = await createTestApi()
    const answer = await api.request('/v1/sign', { method: 'DELETE' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await api.request('/livez', { method: 'POST' })).headers.get('allow')).toBe('GET, HEAD')
  })

  test('the instance is the route, and left out where the request met none', async () => {
    const api = await createTestApi()
    const instanceOf = async (path: string): Promise<unknown> => {
      const answer = await api.request(path, { method: 'POST' })
      return ((await answer.json()) as { instance?: string }).instance
    }
    expect(await instanceOf('/v1/sign')).toBe('/v1/sign')
    expect(await instanceOf('/v1/marker')).toBeUndefined()
  })

  test('GET /livez answers', async () => {
    const api = await createTestApi()
    expect((await api.request('/livez')).status).toBe(200)
  })

  test('any body is answered with a problem that repeats nothing of it, and never with 500', async () => {
    const api = await createTestApi()
    const marked = fc.constantFrom(MARKER, `${MARKER}/app:v1`, `${REFERENCE}:${MARKER}`, 7, null)
    const body = fc.dictionary(
      fc.constantFrom(
        ...['reference', 'artifactReference', 'descriptor', 'signature', 'signatures', 'keyId'],
        ...['userMetadata', 'contractVersion', 'keySpec', 'hashAlgorithm', 'payload', MARKER],
        ...['expirySeconds', 'timestampAuthority', 'signatureMediaType'],
      ),
      fc.oneof(
        marked,
        fc.array(marked),
        fc.dictionary(fc.constantFrom('mediaType', 'digest', 'envelope', MARKER), marked),
      ),
    )
    const path = fc.constantFrom('describe-key', 'generate-signature', 'sign', 'verify')
    await fc.assert(
      fc.asyncProperty(path, body, async (route, document) => {
        const answer = await api.post(`/v1/${route}`, document)
        expect([400, 403, 404]).toContain(answer.status)
        expect(await answer.text()).not.toContain(MARKER)
      }),
      { numRuns: 400 },
    )
  })
})
