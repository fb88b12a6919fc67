import { describe, expect, test } from 'vitest'
import { createTestApi, image, REGISTRY, REPOSITORY, type TestApi, TOKEN } from '../support/api.ts'

const list = (api: TestApi, query: string, token: string | null = TOKEN): Promise<Response> =>
  api.request(`/v1/signatures${query}`, {
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  })
const of = (reference: string): string => `?reference=${encodeURIComponent(reference)}`

async function signed(api: TestApi) {
  const pushed = await image(api)
  const { reference } = pushed
  const answer = await api.post('/v1/sign', { reference, keyId: 'my-key' })
  const { signature } = (await answer.json()) as { signature: { manifestDigest: string } }
  return { ...pushed, manifestDigest: signature.manifestDigest }
}

describe('GET /v1/signatures', () => {
  test.each([true, false])(
    'lists the manifests of the signatures and fetches no envelope; referrers API: %s',
    async (referrersApi) => {
      const api = await createTestApi({ referrersApi })
      const { reference, digest, descriptor, manifestDigest } = await signed(api)
      const asked = api.asked.length
      const answer = await list(api, of(reference))
      expect(answer.status).toBe(200)
      expect(await answer.json()).toEqual({
        artifact: { reference: `${REGISTRY}/${REPOSITORY}@${digest}`, descriptor },
        signatures: [
          {
            digest: manifestDigest,
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            artifactType: 'application/vnd.cncf.notary.signature',
            size: expect.any(Number),
          },
        ],
      })
      expect(api.asked.slice(asked).some((url) => url.includes('/blobs/'))).toBe(false)
      expect(api.audit.at(-1)).toMatchObject({
        event: 'signatures',
        artifactDigest: digest,
        signatures: 1,
      })
    },
  )

  test('an artifact that nobody signed has none', async () => {
    const api = await createTestApi()
    const { reference } = await image(api)
    expect(await (await list(api, of(reference))).json()).toMatchObject({ signatures: [] })
  })

  test.each([
    ['', 400, 'request-invalid'],
    ['?reference=', 400, 'reference-invalid'],
    ['?reference=planted', 400, 'reference-invalid'],
    [`?reference=${'a'.repeat(1025)}`, 400, 'request-invalid'],
    ['?reference=a/b:v1&reference=a/b:v2', 400, 'request-invalid'],
    ['?planted=1', 400, 'request-invalid'],
    [of('attacker.example/team/app:v1'), 404, 'artifact-unknown'],
    [of(`${REGISTRY}/${REPOSITORY}:gone`), 404, 'artifact-unknown'],
    [of(`${REGISTRY}/other/app:v1`), 404, 'artifact-unknown'],
  ])('answers %j with %s %s', async (query, status, code) => {
    const api = await createTestApi()
    const answer = await list(api, query)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    const problem = await answer.text()
    expect(JSON.parse(problem)).toMatchObject({ status, code, instance: '/v1/signatures' })
    expect(problem).not.toContain('planted')
  })

  test('needs a token unless the repository is public, and the permission to verify', async () => {
    const api = await createTestApi()
    const { reference } = await signed(api)
    expect((await list(api, of(reference), null)).status).toBe(401)
    expect((await list(api, of(reference), 'another')).status).toBe(401)
    const open = await createTestApi({ fetch: api.fetch, publicRepositories: [REPOSITORY] })
    expect((await list(open, of(reference), null)).status).toBe(200)
    const signer = await createTestApi({ fetch: api.fetch, permissions: ['sign'] })
    expect((await list(signer, of(reference))).status).toBe(404)
  })

  test('takes no other method', async () => {
    const api = await createTestApi()
    const answer = await api.post('/v1/signatures', {})
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })
})
