import { describe, expect, test } from 'vitest'
import type { VerifyAnswer } from '../../demo/api-client.ts'
import { createTestApi, image, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'

const REFERENCE = `${REGISTRY}/${REPOSITORY}`

async function sign(
  api: TestApi,
  body: object,
): Promise<{ signature: { mediaType: string; envelope: string; manifestDigest: string } }> {
  const answer = await api.post('/v1/sign', { keyId: 'my-key', ...body })
  expect(answer.status, await answer.clone().text()).toBe(200)
  return (await answer.json()) as never
}

describe('POST /v1/sign and /v1/verify', () => {
  test.each(['application/jose+json', 'application/cose'])(
    'a signature of type %s is pushed, found and verified',
    async (signatureMediaType) => {
      const api = await createTestApi()
      const { reference, digest } = await image(api)
      const { signature } = await sign(api, { reference, signatureMediaType })
      const answer = await api.post('/v1/verify', { reference })
      expect(await answer.json()).toMatchObject({
        verified: true,
        artifact: { reference: `${REFERENCE}@${digest}` },
        policy: { statement: 'test-policy', level: 'strict' },
        signatures: [
          { verified: true, mediaType: signatureMediaType, digest: signature.manifestDigest },
        ],
      })
    },
  )

  test('a registry without the referrers API gets the signature by the tag schema', async () => {
    const api = await createTestApi({ referrersApi: false })
    const { reference, digest } = await image(api)
    await sign(api, { reference })
    expect(api.asked.some((url) => url.endsWith(`/manifests/${digest.replace(':', '-')}`))).toBe(
      true,
    )
    expect(await (await api.post('/v1/verify', { reference })).json()).toMatchObject({
      verified: true,
    })
  })

  test('an artifact that nobody signed is rejected, not an error', async () => {
    const api = await createTestApi()
    const { reference } = await image(api)
    const answer = await api.post('/v1/verify', { reference })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      verified: false,
      signatures: [],
      code: expect.any(String),
      message: expect.stringContaining('no signature'),
    })
  })

  test('the same signature does not speak for another image', async () => {
    const api = await createTestApi()
    const first = await image(api)
    const second = await image(api, 'v2')
    const { signature } = await sign(api, { reference: first.reference })
    const { mediaType, envelope } = signature
    const answer = await api.post('/v1/verify', {
      artifactReference: `${REFERENCE}@${second.digest}`,
      descriptor: second.descriptor,
      signature: { mediaType, envelope },
    })
    expect(await answer.json()).toMatchObject({
      verified: false,
      signatures: [{ verified: false }],
    })
  })

  test('an envelope is verified for anyone on loopback, and the registry is not asked', async () => {
    const api = await createTestApi()
    const { reference, digest, descriptor } = await image(api)
    const { signature } = await sign(api, { reference })
    const asked = api.asked.length
    const { mediaType, envelope } = signature
    const body = {
      artifactReference: `${REFERENCE}@${digest}`,
      descriptor,
      signatures: [{ mediaType, envelope }],
    }
    expect(await (await api.post('/v1/verify', body, null)).json()).toMatchObject({
      verified: true,
    })
    expect(api.asked.length).toBe(asked)
  })

  test('an envelope that does not parse is a failed integrity check', async () => {
    const api = await createTestApi()
    const { digest, descriptor } = await image(api)
    const body = {
      artifactReference: `${REFERENCE}@${digest}`,
      descriptor,
      signature: { mediaType: 'application/jose+json', envelope: btoa('{}') },
    }
    const verdict = (await (await api.post('/v1/verify', body)).json()) as VerifyAnswer
    expect(verdict.verified).toBe(false)
    expect(verdict.signatures[0]?.checks.map(({ type, result }) => `${type} ${result}`)).toEqual([
      'integrity failed',
      'authenticity notChecked',
      'expiry notChecked',
      'authenticTimestamp notChecked',
      'revocation notChecked',
    ])
  })

  test('a repository that no statement names is rejected with the scope that was looked for', async () => {
    const api = await createTestApi()
    const { digest, descriptor } = await image(api)
    const body = {
      artifactReference: `${REGISTRY}/other/app@${digest}`,
      descriptor,
      signature: { mediaType: 'application/cose', envelope: 'AAAA' },
    }
    const answer = await api.post('/v1/verify', body)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      verified: false,
      message: expect.stringContaining(`${REGISTRY}/other/app`),
    })
  })

  test('a signature by descriptor is not pushed', async () => {
    const api = await createTestApi()
    const { digest, descriptor } = await image(api)
    const asked = api.asked.length
    const { signature } = await sign(api, {
      artifactReference: `${REFERENCE}@${digest}`,
      descriptor,
    })
    expect(signature.manifestDigest).toBeUndefined()
    expect(api.asked.length).toBe(asked)
  })

  test('user metadata is signed, and a verification may ask for it', async () => {
    const api = await createTestApi()
    const { reference } = await image(api)
    await sign(api, { reference, userMetadata: { build: '42' } })
    const verdict = async (build: string): Promise<unknown> =>
      (await api.post('/v1/verify', { reference, userMetadata: { build } })).json()
    expect(await verdict('42')).toMatchObject({ verified: true })
    expect(await verdict('43')).toMatchObject({ verified: false })
  })
})
