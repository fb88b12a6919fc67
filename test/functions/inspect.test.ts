import { describe, expect, test } from 'vitest'
import { MAX_SIGNATURES } from '../../shared/limits.ts'
import { createTestApi, image, REGISTRY, REPOSITORY, type TestApi } from '../support/api.ts'
import { makeCose, makeJws } from '../support/envelopes.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')
const SIGNATURE = { mediaType: 'application/jose+json', envelope: base64(makeJws()) }

async function signedImage(api: TestApi, count = 1) {
  const pushed = await image(api)
  for (let i = 0; i < count; i++) {
    const body = { reference: pushed.reference, keyId: 'my-key', userMetadata: { count: `${i}` } }
    expect((await api.post('/v1/sign', body)).status).toBe(200)
  }
  return pushed
}

/** The answer to a request that is refused. */
async function refusal(answer: Response): Promise<unknown> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { status, code, detail, instance } = (await answer.json()) as Record<string, unknown>
  expect(status).toBe(answer.status)
  expect(instance).toBe('/v1/inspect')
  return { status, code, detail }
}

describe('POST /v1/inspect', () => {
  test('tells of the signatures of an artifact, by tag or digest', async () => {
    const api = await createTestApi()
    const { reference, digest, descriptor } = await signedImage(api)
    const answer = await api.post('/v1/inspect', { reference })
    expect(answer.status).toBe(200)
    const inspection = await answer.json()
    expect(inspection).toMatchObject({
      artifact: { reference: `${REGISTRY}/${REPOSITORY}@${digest}`, descriptor },
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      unverified: true,
      signatures: [
        {
          digest: expect.stringMatching(/^sha256:/),
          signatureAlgorithm: 'ECDSA-SHA-256',
          signatureEnvelopeType: 'application/jose+json',
          userDefinedAttributes: { count: '0' },
          signedArtifact: descriptor,
        },
      ],
    })
    const byDigest = { reference: `${REGISTRY}/${REPOSITORY}@${digest}` }
    expect(await (await api.post('/v1/inspect', byDigest)).json()).toEqual(inspection)
    expect(api.audit.at(-1)).toMatchObject({
      event: 'inspect',
      caller: 'ci',
      repository: `${REGISTRY}/${REPOSITORY}`,
      artifactDigest: digest,
      signatures: 1,
      outcome: 'done',
    })
  })

  test('answers exactly what notation 1.3 prints where that is asked for', async () => {
    const api = await createTestApi()
    const { reference } = await signedImage(api)
    const answer = await api.post('/v1/inspect?format=notation-1.3', { reference })
    const inspection = (await answer.json()) as { Signatures: readonly object[] }
    expect(Object.keys(inspection)).toEqual(['mediaType', 'Signatures'])
    expect(Object.keys(inspection.Signatures[0] ?? {})).toEqual([
      'mediaType',
      'digest',
      'signatureAlgorithm',
      'signedAttributes',
      'userDefinedAttributes',
      'unsignedAttributes',
      'certificates',
      'signedArtifact',
    ])
    const named = await api.post('/v1/inspect?format=notation-2', { reference })
    expect(await named.json()).toHaveProperty('signatures')
  })

  test('needs no trust policy', async () => {
    const api = await createTestApi({ trustBundle: undefined })
    expect((await api.post('/v1/inspect', { signature: SIGNATURE })).status).toBe(200)
  })

  test('lists what cannot be read or had beside the rest', async () => {
    const api = await createTestApi()
    const { reference } = await signedImage(api, 2)
    const listed = await (await api.post('/v1/inspect', { reference })).json()
    const [, second] = (listed as { signatures: { digest: string }[] }).signatures
    const losing = (async (input: RequestInfo | URL, init?: RequestInit) =>
      String(input instanceof Request ? input.url : input).includes(second?.digest ?? '-')
        ? new Response('{}', { status: 404 })
        : api.fetch(input, init)) as typeof fetch
    const other = await createTestApi({ fetch: losing })
    const answer = await other.post('/v1/inspect', { reference })
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({
      signatures: [
        { signatureAlgorithm: 'ECDSA-SHA-256' },
        { digest: second?.digest, error: { code: 'envelope-malformed' } },
      ],
    })
  })

  test('stops where notation does, and says so', async () => {
    const api = await createTestApi()
    const { reference } = await signedImage(api, MAX_SIGNATURES + 1)
    const inspection = await (await api.post('/v1/inspect', { reference })).json()
    expect(inspection).toMatchObject({ truncated: true })
    expect((inspection as { signatures: object[] }).signatures).toHaveLength(MAX_SIGNATURES)
  }, 20_000)

  test('tells of envelopes that come with the request, recognised where their type is left out', async () => {
    const api = await createTestApi()
    const [jws, cose] = [{ envelope: base64(makeJws()) }, { envelope: base64(makeCose()) }]
    const answer = await api.post('/v1/inspect', { signatures: [jws, cose] }, null)
    expect(await answer.json()).toMatchObject({
      unverified: true,
      signatures: [
        { signatureEnvelopeType: 'application/jose+json' },
        { signatureEnvelopeType: 'application/cose' },
      ],
    })
    const wrong = { signature: { ...cose, mediaType: 'application/jose+json' } }
    const inspection = await (await api.post('/v1/inspect', wrong, null)).json()
    expect(inspection).toMatchObject({ signatures: [{ error: { code: 'envelope-malformed' } }] })
    expect(inspection).not.toHaveProperty('mediaType')
    expect(api.asked).toEqual([])
  })

  test.each<[string, object, string]>([
    ['nothing', {}, 'Cannot use the request: '],
    [
      'two kinds at once',
      { reference: 'a/b:v1', signature: SIGNATURE },
      'Cannot use the request: ',
    ],
    [
      'signature and signatures',
      { signature: SIGNATURE, signatures: [SIGNATURE] },
      'Cannot use the request: ',
    ],
    ['no signature', { signatures: [] }, 'Cannot use the request: "signatures" is smaller'],
    [
      'too many',
      { signatures: Array(11).fill(SIGNATURE) },
      'Cannot use the request: "signatures" is larger',
    ],
    [
      'no base64',
      { signature: { envelope: 'planted!' } },
      'Cannot use the request: "envelope" is not base64',
    ],
    [
      'another media type',
      { signature: { ...SIGNATURE, mediaType: 'application/planted' } },
      'Cannot use the request: ',
    ],
  ])('refuses %s', async (_name, body, detail) => {
    const api = await createTestApi()
    const refused = await refusal(await api.post('/v1/inspect', body))
    expect(refused).toMatchObject({ status: 400, code: 'request-invalid' })
    expect((refused as { detail: string }).detail).toContain(detail)
    expect((refused as { detail: string }).detail).not.toContain('planted')
  })

  test('refuses an unknown format and unknown parameters', async () => {
    const api = await createTestApi()
    const body = { signature: SIGNATURE }
    expect(await refusal(await api.post('/v1/inspect?format=planted', body))).toEqual({
      status: 400,
      code: 'request-invalid',
      detail: 'Cannot inspect: "format" is none of notation-2, notation-1.3',
    })
    expect((await api.post('/v1/inspect?planted=1', body)).status).toBe(400)
  })

  test('needs a token for a repository that is not public', async () => {
    const api = await createTestApi()
    const { reference } = await signedImage(api)
    expect((await api.post('/v1/inspect', { reference }, null)).status).toBe(401)
    const open = await createTestApi({ fetch: api.fetch, publicRepositories: [REPOSITORY] })
    expect((await open.post('/v1/inspect', { reference }, null)).status).toBe(200)
  })

  test('a foreign repository looks like a missing one, as does one without the permission to verify', async () => {
    const api = await createTestApi()
    const { reference } = await signedImage(api)
    const foreign = await api.post('/v1/inspect', { reference: `${REGISTRY}/other/app:v1` })
    const missing = await api.post('/v1/inspect', { reference: `${REGISTRY}/${REPOSITORY}:gone` })
    const refused = await refusal(foreign)
    expect(refused).toMatchObject({ status: 404, code: 'artifact-unknown' })
    expect(await refusal(missing)).toEqual(refused)
    const signer = await createTestApi({ fetch: api.fetch, permissions: ['sign'] })
    expect(await refusal(await signer.post('/v1/inspect', { reference }))).toEqual(refused)
  })

  test('by envelope it needs the permission to verify where others can reach the server', async () => {
    const body = { signature: SIGNATURE }
    const api = await createTestApi({ listensOnLoopback: false })
    expect((await api.request('/v1/inspect', { method: 'POST', body: 'none' })).status).toBe(401)
    expect((await api.post('/v1/inspect', body)).status).toBe(200)
    const signer = await createTestApi({ listensOnLoopback: false, permissions: ['sign'] })
    expect((await signer.post('/v1/inspect', body)).status).toBe(403)
    const open = await createTestApi({ listensOnLoopback: false, publicRepositories: [REPOSITORY] })
    expect((await open.post('/v1/inspect', body, null)).status).toBe(401)
  })

  test('takes no other method', async () => {
    const api = await createTestApi()
    const answer = await api.request('/v1/inspect')
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
  })
})
