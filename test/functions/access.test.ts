import { describe, expect, test } from 'vitest'
import { createTestApi, image, REGISTRY, REPOSITORY } from '../support/api.ts'

const REFERENCE = `${REGISTRY}/${REPOSITORY}`
const SIGN_ROUTES = ['/v1/describe-key', '/v1/generate-signature', '/v1/sign']

describe('who may do what', () => {
  test.each(SIGN_ROUTES)(
    '%s answers 401 without a token, before it reads the body',
    async (path) => {
      const api = await createTestApi()
      const answer = await api.request(path, { method: 'POST', body: 'no JSON at all' })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    },
  )

  test.each(SIGN_ROUTES)('%s answers 401 for a token that is not configured', async (path) => {
    const api = await createTestApi()
    expect((await api.post(path, {}, 'another-token')).status).toBe(401)
  })

  test('a key that is not granted is refused', async () => {
    const api = await createTestApi()
    const answer = await api.post('/v1/describe-key', { contractVersion: '1.0', keyId: 'My-Key' })
    expect(answer.status).toBe(403)
  })

  test('a repository that is not granted is refused before its registry is asked', async () => {
    const api = await createTestApi()
    const answer = await api.post('/v1/sign', {
      reference: `${REGISTRY}/other/app:v1`,
      keyId: 'my-key',
    })
    expect(answer.status).toBe(403)
    expect(api.asked).toEqual([])
  })

  test('verifying by reference needs a token unless the repository is public', async () => {
    const hidden = await createTestApi()
    const { reference } = await image(hidden)
    expect((await hidden.post('/v1/verify', { reference }, null)).status).toBe(401)
    const open = await createTestApi({ publicRepositories: [REPOSITORY] })
    await image(open)
    expect((await open.post('/v1/verify', { reference }, null)).status).toBe(200)
  })

  test('a foreign repository looks like a missing one', async () => {
    const api = await createTestApi()
    const foreign = await api.post('/v1/verify', { reference: `${REGISTRY}/other/app:v1` })
    expect(foreign.status).toBe(404)
    expect(await foreign.json()).toMatchObject({ code: 'artifact-unknown' })
  })

  test('a host outside the allow-list is not spoken to, whatever a caller is granted', async () => {
    const api = await createTestApi()
    const answer = await api.post('/v1/verify', { reference: 'attacker.example/team/app:v1' })
    expect([403, 404]).toContain(answer.status)
    expect(api.asked).toEqual([])
  })

  test('verifying by envelope needs a token where others can reach the server', async () => {
    const api = await createTestApi({ listensOnLoopback: false })
    const { digest, descriptor } = await image(api)
    const body = {
      artifactReference: `${REFERENCE}@${digest}`,
      descriptor,
      signature: { mediaType: 'application/cose', envelope: 'AAAA' },
    }
    expect((await api.post('/v1/verify', body, null)).status).toBe(401)
    // Before the body is read.
    const unread = await api.request('/v1/verify', { method: 'POST', body: 'no JSON at all' })
    expect(unread.status).toBe(401)
    expect((await api.post('/v1/verify', body)).status).toBe(200)
  })
})
