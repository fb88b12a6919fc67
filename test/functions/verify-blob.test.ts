import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { MAX_BLOB_BYTES } from '../../functions/limits.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { signArtifact } from '../../shared/sign/sign-artifact.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { createTestApi } from '../support/api.ts'
import { AT, buildChain } from '../support/certificates.ts'
import { localSigner } from '../support/local-signer.ts'
import { nodeCrypto } from '../support/node-crypto.ts'

// notation v1.3.2 has no blob commands: nothing here has a reference to be compared with.

const CONTENT = Buffer.from('a chart')
const digest = (hash: string) => `${hash}:${createHash(hash).update(CONTENT).digest('hex')}`
const DIGESTS = ['sha256', 'sha384', 'sha512'].map(digest)
const chain = buildChain()
const blob = { digests: DIGESTS, size: CONTENT.length }

let trustBundle: TrustBundle
let signature: { readonly mediaType: string; readonly envelope: string }

beforeAll(async () => {
  const root = encodePem('CERTIFICATE', chain.certificates.at(-1) ?? new Uint8Array())
  const strict = {
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
  }
  trustBundle = await parseTrustBundle(
    {
      trustPolicy: {
        version: '1.0',
        trustPolicies: [{ name: 'images', registryScopes: ['*'], ...strict }],
      },
      blobTrustPolicy: {
        version: '1.0',
        trustPolicies: [
          { name: 'charts', globalPolicy: true, ...strict },
          { name: 'nothing', signatureVerification: { level: 'skip' } },
        ],
      },
      trustStores: { 'ca:acme': [root] },
    },
    nodeCrypto,
  )
  const { mediaType, envelope } = await signArtifact(
    {
      descriptor: { mediaType: 'application/gzip', digest: digest('sha256'), size: CONTENT.length },
      keyId: 'key',
      mediaType: 'application/cose',
      userMetadata: { build: '42' },
    },
    { signer: localSigner(chain), crypto: nodeCrypto, now: () => AT },
  )
  signature = { mediaType, envelope: Buffer.from(envelope).toString('base64') }
})

const api = (overrides: Parameters<typeof createTestApi>[0] = {}) =>
  createTestApi({ trustBundle, ...overrides })

async function verdictOf(body: object): Promise<unknown> {
  const answer = await (await api()).post('/v1/verify-blob', body, null)
  expect(answer.status, await answer.clone().text()).toBe(200)
  return answer.json()
}

describe('POST /v1/verify-blob', () => {
  test('verifies a blob by its digests and size, in the shape of /v1/verify', async () => {
    const { envelope } = signature
    expect(await verdictOf({ blob, signature: { envelope } })).toEqual({
      verified: true,
      artifact: {
        descriptor: { mediaType: 'application/gzip', digest: digest('sha256'), size: 7 },
      },
      policy: { statement: 'charts', level: 'strict', bundleDigest: trustBundle.digest },
      signatures: [
        {
          mediaType: 'application/cose',
          verified: true,
          signer: { subject: expect.any(String), fingerprint: expect.any(String) },
          checks: ['integrity', 'authenticity', 'expiry', 'authenticTimestamp', 'revocation'].map(
            (type) => ({ type, action: 'enforce', result: 'passed' }),
          ),
        },
      ],
    })
  })

  test('verifies a blob that comes with the request', async () => {
    const content = CONTENT.toString('base64')
    expect(await verdictOf({ blob: { content }, signature })).toMatchObject({ verified: true })
    const other = Buffer.from('another chart').toString('base64')
    expect(await verdictOf({ blob: { content: other }, signature })).toMatchObject({
      verified: false,
      code: 'signatures-rejected',
      signatures: [{ checks: [{ code: 'artifact-mismatch' }, {}, {}, {}, {}] }],
    })
  })

  test('heeds policy name, media type and user metadata', async () => {
    const request = { blob, signature }
    expect(await verdictOf({ ...request, policyName: 'nothing' })).toMatchObject({
      verified: true,
      policy: { level: 'skip' },
      signatures: [],
    })
    expect(await verdictOf({ ...request, policyName: 'other' })).toMatchObject({
      verified: false,
      code: 'statement-missing',
    })
    expect(await verdictOf({ ...request, mediaType: 'application/gzip' })).toMatchObject({
      verified: true,
    })
    expect(await verdictOf({ ...request, mediaType: 'text/plain' })).toMatchObject({
      verified: false,
    })
    expect(await verdictOf({ ...request, userMetadata: { build: '42' } })).toMatchObject({
      verified: true,
    })
    expect(await verdictOf({ ...request, userMetadata: { build: '1' } })).toMatchObject({
      verified: false,
    })
  })

  test('an envelope that does not parse is a failed integrity check', async () => {
    expect(await verdictOf({ blob, signature: { envelope: 'AAAA' } })).toMatchObject({
      verified: false,
      signatures: [{ checks: [{ type: 'integrity', code: 'envelope-malformed' }, {}, {}, {}, {}] }],
    })
  })

  test.each<[string, () => object, string]>([
    ['nothing', () => ({}), 'Cannot use the request: '],
    ['no blob', () => ({ signature }), '"blob" must be of type object'],
    ['no signature', () => ({ blob }), '"signature" '],
    ['no size', () => ({ blob: { digests: DIGESTS }, signature }), '"blob.size" must be of type'],
    [
      'no digests',
      () => ({ blob: { ...blob, digests: [] }, signature }),
      '"blob.digests" is smaller',
    ],
    [
      'two digests of a kind',
      () => ({ blob: { ...blob, digests: [DIGESTS[0], DIGESTS[0]] }, signature }),
      '"blob.digests" must hold one digest of a kind: sha256, sha384, sha512',
    ],
    [
      'a digest that is none',
      () => ({ blob: { ...blob, digests: ['sha256:planted'] }, signature }),
      '"blob.digests.0" does not have the form that it needs',
    ],
    [
      'digests beside the content',
      () => ({ blob: { ...blob, content: '' }, signature }),
      'has a member that is not known',
    ],
    [
      'content that is not base64',
      () => ({ blob: { content: 'planted!' }, signature }),
      'Cannot use the request: "content" is not base64',
    ],
    [
      'an envelope that is not base64',
      () => ({ blob, signature: { envelope: 'planted!' } }),
      'Cannot use the request: "envelope" is not base64',
    ],
    [
      'a blank policy name',
      () => ({ blob, signature, policyName: ' ' }),
      '"policyName" does not have',
    ],
    [
      'a digest that the key does not go with',
      () => ({ blob: { ...blob, digests: DIGESTS.slice(1) }, signature }),
      'Cannot verify the blob: its signature holds a digest of SHA-256, and none of that kind was given; give sha256, sha384 and sha512',
    ],
  ])('refuses %s', async (_name, body, detail) => {
    const answer = await (await api()).post('/v1/verify-blob', body())
    const problem = await answer.json()
    expect(problem).toMatchObject({
      status: 400,
      code: 'request-invalid',
      detail: expect.stringContaining(detail),
      instance: '/v1/verify-blob',
    })
    expect(JSON.stringify(problem)).not.toContain('planted')
  })

  test('refuses a blob that is too large, and says what to send', async () => {
    const content = Buffer.alloc(MAX_BLOB_BYTES + 1).toString('base64')
    const answer = await (await api()).post('/v1/verify-blob', { blob: { content }, signature })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({
      code: 'request-too-large',
      detail: `Cannot verify the blob: it has more than ${MAX_BLOB_BYTES} bytes; send its "digests" and "size" instead`,
    })
  })

  test('answers 503 without a trust policy for blobs, or without any', async () => {
    const bundles = [undefined, await withoutBlobs()]
    for (const other of bundles) {
      const answer = await (await api({ trustBundle: other })).post('/v1/verify-blob', {
        blob,
        signature,
      })
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ code: 'policy-invalid' })
    }
  })

  test('needs the permission to verify where others can reach the server', async () => {
    const body = { blob, signature }
    const reachable = await api({ listensOnLoopback: false })
    expect((await reachable.request('/v1/verify-blob', { method: 'POST' })).status).toBe(401)
    expect((await reachable.post('/v1/verify-blob', body)).status).toBe(200)
    const signer = await api({ listensOnLoopback: false, permissions: ['sign'] })
    expect((await signer.post('/v1/verify-blob', body)).status).toBe(403)
  })

  test('leaves one audit line', async () => {
    const { post, audit } = await api()
    await post('/v1/verify-blob', { blob, signature })
    expect(audit).toEqual([
      {
        event: 'verify-blob',
        caller: 'ci',
        bundleDigest: trustBundle.digest,
        artifactDigest: digest('sha256'),
        verified: true,
        reason: undefined,
        outcome: 'done',
      },
    ])
  })
})

async function withoutBlobs(): Promise<TrustBundle> {
  const { blobTrustPolicy: _, ...others } = trustBundle
  return others
}
