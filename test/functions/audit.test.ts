import { expect, test } from 'vitest'
import { NotationError } from '../../shared/errors.ts'
import { createTestApi, image, REGISTRY, REPOSITORY } from '../support/api.ts'
import { buildChain } from '../support/certificates.ts'
import { localSigner } from '../support/local-signer.ts'

const WHERE = `${REGISTRY}/${REPOSITORY}`

test('a signature leaves one line: who, which key, which artifact, where it is', async () => {
  const api = await createTestApi()
  const { reference, digest } = await image(api)
  const answer = await api.post('/v1/sign', { reference, keyId: 'my-key' })
  const { signature } = (await answer.json()) as { signature: { manifestDigest: string } }
  expect(api.audit).toEqual([
    {
      event: 'sign',
      caller: 'ci',
      keyId: 'my-key',
      repository: WHERE,
      artifactDigest: digest,
      manifestDigest: signature.manifestDigest,
      outcome: 'done',
    },
  ])
})

test('a verification leaves one line with its verdict and what decided', async () => {
  const api = await createTestApi()
  const { reference, digest } = await image(api)
  await api.post('/v1/verify', { reference })
  expect(api.audit).toEqual([
    {
      event: 'verify',
      caller: 'ci',
      repository: WHERE,
      artifactDigest: digest,
      bundleDigest: expect.stringMatching(/^sha256:/),
      verified: false,
      reason: 'signature-missing',
      outcome: 'done',
    },
  ])
})

test('a refused request leaves a line that names the caller and what was wanted', async () => {
  const api = await createTestApi()
  await api.post('/v1/sign', { reference: `${WHERE}:v1`, keyId: 'My-Key' })
  expect(api.audit).toEqual([
    {
      event: 'sign',
      caller: 'ci',
      keyId: 'My-Key',
      repository: WHERE,
      outcome: 'caller-forbidden',
      message: expect.stringContaining('this key is not granted'),
    },
  ])
})

test('a request with a wrong token leaves a line without it', async () => {
  const api = await createTestApi()
  await api.post('/v1/sign', {}, 'planted-token')
  expect(api.audit).toMatchObject([{ event: 'sign', outcome: 'caller-unauthenticated' }])
  expect(JSON.stringify(api.audit)).not.toContain('planted-token')
})

test('a signature that was spent is named even where the request then fails', async () => {
  const built = buildChain()
  let isDown = false
  const api = await createTestApi({
    built,
    createSigner: (onSignature) => {
      const signer = localSigner(built)
      return {
        ...signer,
        signMessage(keyId, message) {
          onSignature({ keypairId: 'k-1', signatureAlgorithm: 'x', signatureId: 's-1' })
          return signer.signMessage(keyId, message)
        },
      }
    },
    intercept: ({ method, url }) =>
      isDown && method === 'POST' && url.includes('/blobs/uploads')
        ? new Response('', { status: 500 })
        : undefined,
  })
  const { reference } = await image(api)
  isDown = true
  const answer = await api.post('/v1/sign', { reference, keyId: 'my-key' })
  expect(answer.status).toBe(502)
  expect(api.audit).toMatchObject([
    { event: 'sign', keypairId: 'k-1', signatureId: 's-1', outcome: 'registry-unavailable' },
  ])
})

test('what went wrong behind the API stands in the log, not in the answer', async () => {
  const message = 'failed to get keypair: https://stm.internal.example answered'
  const api = await createTestApi({
    createSigner: () => ({
      describeKey: () => {
        throw new NotationError('signer-denied', message)
      },
      signMessage: () => new Uint8Array(),
    }),
  })
  const answer = await api.post('/v1/describe-key', { contractVersion: '1.0', keyId: 'my-key' })
  expect(await answer.json()).toMatchObject({
    status: 502,
    code: 'signer-denied',
    detail: 'Cannot sign: Software Trust Manager refuses this server the key',
  })
  expect(api.audit).toMatchObject([{ event: 'describe-key', outcome: 'signer-denied', message }])
})
