import { describe, expect, test } from 'vitest'
import { createTestApi, image, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'

async function signTwice(api: TestApi, reference: string): Promise<void> {
  for (const signatureMediaType of ['application/jose+json', 'application/cose']) {
    const answer = await api.post('/v1/sign', { keyId: 'my-key', reference, signatureMediaType })
    expect(answer.status).toBe(200)
  }
}

describe('POST /v1/verify with several signatures', () => {
  test('looks at all of them, and with stopAtFirst at none behind a verified one', async () => {
    const api = await createTestApi()
    const { reference } = await image(api)
    await signTwice(api, reference)
    const all = await (await api.post('/v1/verify', { reference })).json()
    expect(all).toMatchObject({ verified: true, signatures: [{}, {}] })
    expect(all).not.toHaveProperty('signaturesNotChecked')
    const first = await api.post('/v1/verify', { reference, stopAtFirst: true })
    expect(await first.json()).toMatchObject({
      verified: true,
      signatures: [{ verified: true }],
      signaturesNotChecked: 'stopAtFirst',
    })
  })

  test('stops at the first by envelope too', async () => {
    const api = await createTestApi()
    const { reference, digest, descriptor } = await image(api)
    const signed = await api.post('/v1/sign', { keyId: 'my-key', reference })
    const { signature } = (await signed.json()) as {
      signature: { mediaType: string; envelope: string }
    }
    const { mediaType, envelope } = signature
    const broken = { mediaType, envelope: btoa('{}') }
    const answer = await api.post('/v1/verify', {
      artifactReference: `${REGISTRY}/${REPOSITORY}@${digest}`,
      descriptor,
      signatures: [broken, { mediaType, envelope }, broken],
      stopAtFirst: true,
    })
    expect(await answer.json()).toMatchObject({
      verified: true,
      signatures: [{ verified: false }, { verified: true }],
      signaturesNotChecked: 'stopAtFirst',
    })
  })

  test('looks at no more than CONFIG says, whatever they are', async () => {
    const api = await createTestApi({ settings: { maxSignatures: 1 } })
    const { reference, digest, descriptor } = await image(api)
    await signTwice(api, reference)
    expect(await (await api.post('/v1/verify', { reference })).json()).toMatchObject({
      verified: true,
      signatures: [{}],
      signaturesNotChecked: 'limit',
    })
    const broken = { mediaType: 'application/cose', envelope: btoa('{}') }
    const rejected = await api.post('/v1/verify', {
      artifactReference: `${REGISTRY}/${REPOSITORY}@${digest}`,
      descriptor,
      signatures: [broken, broken],
    })
    expect(await rejected.json()).toMatchObject({
      verified: false,
      message:
        'signature evaluation stopped. The configured limit of 1 signatures to verify per artifact exceeded',
    })
  })

  test('lists and inspects no more than CONFIG says, either', async () => {
    const api = await createTestApi({ settings: { maxSignatures: 1 } })
    const { reference } = await image(api)
    await signTwice(api, reference)
    const query = new URLSearchParams({ reference })
    const headers = { authorization: 'Bearer token-of-the-ci-job' }
    const listed = await api.request(`/v1/signatures?${query}`, { headers })
    expect(await listed.json()).toMatchObject({ signatures: [{}], truncated: true })
    const inspected = await api.post('/v1/inspect', { reference })
    expect(await inspected.json()).toMatchObject({ signatures: [{}], truncated: true })
  })
})
