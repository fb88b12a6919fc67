import { createVerify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { VerifyAnswer } from '../../demo/api-client.ts'
import { pushImage } from '../../demo/image.ts'
import { HTTP_STATUS } from '../../functions/problem.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { createTestApi, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'
import { buildChain } from '../support/certificates.ts'

const REFERENCE = `${REGISTRY}/${REPOSITORY}`
const SIGN_ROUTES = ['/v1/describe-key', '/v1/generate-signature', '/v1/sign']

/** An image in the API's registry. */
async function image(
  api: TestApi,
  tag = 'v1',
): Promise<{ reference: string; digest: string; descriptor: object }> {
  const pushed = await pushImage(REGISTRY, REPOSITORY, tag, api.fetch)
  const { digest, mediaType, size } = pushed
  return { reference: pushed.reference, digest, descriptor: { mediaType, digest, size } }
}

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

  test('a certificate that names an OCSP server is answered 501 where the policy enforces revocation, never verified', async () => {
    const built = buildChain({ leaf: { ocspUrls: ['http://ocsp.example.com'] } })
    const api = await createTestApi({ built })
    const { reference } = await image(api)
    await sign(api, { reference })
    const answer = await api.post('/v1/verify', { reference })
    expect(answer.status).toBe(501)
    expect(await answer.json()).toMatchObject({ code: 'check-unsupported' })
    expect(api.asked.some((url) => url.includes('ocsp.example.com'))).toBe(false)
  })
})

describe('POST /v1/describe-key and /v1/generate-signature', () => {
  const protectedHeader = {
    alg: 'ES256',
    crit: ['io.cncf.notary.signingScheme'],
    cty: 'application/vnd.cncf.notary.payload.v1+json',
    'io.cncf.notary.signingScheme': 'notary.x509',
    'io.cncf.notary.signingTime': '2030-01-02T03:04:05Z',
  }
  const payload = {
    targetArtifact: { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 1 },
  }
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const request = (signingInput: string): object => ({
    contractVersion: '1.0',
    keyId: 'my-key',
    keySpec: 'EC-256',
    hashAlgorithm: 'SHA-256',
    payload: Buffer.from(signingInput).toString('base64'),
  })

  test('describe-key answers as the plugin contract says', async () => {
    const api = await createTestApi()
    const answer = await api.post('/v1/describe-key', {
      contractVersion: '1.0',
      keyId: 'my-key',
      pluginConfig: { SM_HOST: 'https://attacker.example' },
      unknown: 1,
    })
    expect(await answer.json()).toEqual({ keyId: 'my-key', keySpec: 'EC-256' })
  })

  test('generate-signature signs Notary signing input and audits the digest that it names', async () => {
    const api = await createTestApi()
    const signingInput = `${encode(protectedHeader)}.${encode(payload)}`
    const answer = await api.post('/v1/generate-signature', request(signingInput))
    const body = (await answer.json()) as { signature: string; certificateChain: string[] }
    expect(body).toMatchObject({
      keyId: 'my-key',
      signingAlgorithm: 'ECDSA-SHA-256',
      certificateChain: api.built.certificates.map(encodeBase64),
    })
    const pem = `-----BEGIN CERTIFICATE-----\n${body.certificateChain[0]}\n-----END CERTIFICATE-----`
    const verifier = createVerify('SHA256').update(signingInput)
    expect(verifier.verify({ key: pem, dsaEncoding: 'ieee-p1363' }, body.signature, 'base64')).toBe(
      true,
    )
    expect(api.audit).toContainEqual(
      expect.objectContaining({
        event: 'generate-signature',
        caller: 'ci',
        artifactDigest: payload.targetArtifact.digest,
      }),
    )
  })

  test.each([
    ['a JWT', `${encode({ alg: 'ES256' })}.${encode({ sub: 'admin' })}`],
    ['random bytes', 'nothing to see here'],
    ['another payload', `${encode(protectedHeader)}.${encode({ sub: 'admin' })}`],
    [
      'the algorithm of another key',
      `${encode({ ...protectedHeader, alg: 'PS256' })}.${encode(payload)}`,
    ],
  ])('generate-signature refuses %s', async (_what, signingInput) => {
    const api = await createTestApi()
    const answer = await api.post('/v1/generate-signature', request(signingInput))
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ code: 'request-invalid' })
  })

  test('generate-signature needs its own permission', async () => {
    const api = await createTestApi({ permissions: ['describe-key', 'sign', 'verify'] })
    const answer = await api.post(
      '/v1/generate-signature',
      request(`${encode(protectedHeader)}.${encode(payload)}`),
    )
    expect(answer.status).toBe(403)
  })

  test('another contract version is refused', async () => {
    const api = await createTestApi()
    const answer = await api.post('/v1/describe-key', { contractVersion: '2.0', keyId: 'my-key' })
    expect(await answer.json()).toMatchObject({ status: 400, code: 'contract-version-unsupported' })
  })
})

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
    expect((await api.post('/v1/verify', body)).status).toBe(200)
  })
})

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
