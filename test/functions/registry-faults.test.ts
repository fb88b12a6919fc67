import { expect, test } from 'vitest'
import type { VerifyAnswer } from '../../demo/api-client.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createTestApi, image, REGISTRY, REPOSITORY, trustBundle } from '../support/api.ts'
import { buildChain } from '../support/certificates.ts'
import { nodeCrypto } from '../support/node-crypto.ts'

const SIGNATURE = 'application/vnd.cncf.notary.signature'
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

const EMPTY = '{}'
const EMPTY_DIGEST = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'

/** Pushes a referrer that calls itself a signature and holds no envelope. */
async function pushBrokenReferrer(fetch: typeof globalThis.fetch, subject: object): Promise<void> {
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    artifactType: SIGNATURE,
    config: {
      mediaType: 'application/vnd.oci.empty.v1+json',
      digest: EMPTY_DIGEST,
      size: EMPTY.length,
    },
    layers: [],
    subject,
  }
  const uploads = `https://${REGISTRY}/v2/${REPOSITORY}/blobs/uploads/?digest=${EMPTY_DIGEST}`
  await fetch(uploads, { method: 'POST', body: EMPTY })
  const answer = await fetch(`https://${REGISTRY}/v2/${REPOSITORY}/manifests/broken`, {
    method: 'PUT',
    headers: { 'content-type': MANIFEST },
    body: JSON.stringify(manifest),
  })
  expect(answer.status).toBe(201)
}

test('a referrer without an envelope is a failed signature beside one that is verified', async () => {
  const api = await createTestApi()
  const { reference, descriptor } = await image(api)
  await api.post('/v1/sign', { reference, keyId: 'my-key' })
  await pushBrokenReferrer(api.fetch, descriptor)
  const answer = await api.post('/v1/verify', { reference })
  expect(answer.status).toBe(200)
  const verdict = (await answer.json()) as VerifyAnswer
  expect(verdict.verified).toBe(true)
  const broken = verdict.signatures.find(({ verified }) => !verified)
  expect(broken).toMatchObject({ digest: expect.stringMatching(/^sha256:/) })
  expect(broken).not.toHaveProperty('mediaType')
  expect(broken?.checks[0]).toMatchObject({
    type: 'integrity',
    result: 'failed',
    code: 'envelope-malformed',
    message: expect.stringContaining('unable to retrieve digital signature with digest'),
  })
})

test('a referrer without an envelope alone is a rejection', async () => {
  const api = await createTestApi()
  const { reference, descriptor } = await image(api)
  await pushBrokenReferrer(api.fetch, descriptor)
  const answer = await api.post('/v1/verify', { reference })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ verified: false, code: 'signatures-rejected' })
})

test.each([
  [401, 502, 'registry-denied'],
  [429, 503, 'registry-throttled'],
  [500, 502, 'registry-unavailable'],
])('a registry that answers %i to the envelope leaves the verdict open', async (...row) => {
  const [registryStatus, status, code] = row
  let isDown = false
  const api = await createTestApi({
    intercept: ({ method, url }) =>
      isDown && method === 'GET' && url.includes('/blobs/')
        ? new Response('{}', { status: registryStatus })
        : undefined,
  })
  const { reference } = await image(api)
  await api.post('/v1/sign', { reference, keyId: 'my-key' })
  isDown = true
  const answer = await api.post('/v1/verify', { reference })
  expect(await answer.json()).toMatchObject({ status, code })
})

test('a policy that skips verification asks the registry for no signature', async () => {
  const built = buildChain()
  const bundle = trustBundle(built, 'skip') as {
    trustPolicy: { trustPolicies: { trustStores: string[]; trustedIdentities: string[] }[] }
  }
  const [statement] = bundle.trustPolicy.trustPolicies
  Object.assign(statement ?? {}, { trustStores: [], trustedIdentities: [] })
  const api = await createTestApi({
    trustBundle: await parseTrustBundle(bundle as never, nodeCrypto),
  })
  const { reference } = await image(api)
  const before = api.asked.length
  expect(await (await api.post('/v1/verify', { reference })).json()).toMatchObject({
    verified: true,
    policy: { level: 'skip' },
    signatures: [],
  })
  const asked = api.asked.slice(before)
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.filter((url) => /referrers|blobs|sha256-/.test(url))).toEqual([])
})

test.each([
  [
    'does not list it',
    (url: string) => url.includes('/referrers/'),
    '{"schemaVersion":2,"manifests":[]}',
  ],
  ['serves another envelope', (url: string) => url.includes('/blobs/sha256'), 'another'],
])('a pushed signature that the registry %s is no success', async (_what, hides, body) => {
  const api = await createTestApi({
    intercept: ({ method, url }) =>
      method === 'GET' && hides(url)
        ? new Response(body, {
            headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' },
          })
        : undefined,
  })
  const { reference } = await image(api)
  const answer = await api.post('/v1/sign', { reference, keyId: 'my-key' })
  expect(await answer.json()).toMatchObject({ status: 502, code: 'registry-answer-invalid' })
})
