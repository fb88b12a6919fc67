// The bundle that "wrangler deploy" would upload, in the runtime of Cloudflare Workers.

import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { miniflareOptions } from '../../demo/api/worker-bundle.ts'
import { encodeBase64 } from '../../shared/base64.ts'
import { signArtifact } from '../../shared/sign/sign-artifact.ts'
import { REGISTRY, REPOSITORY, trustBundle } from '../support/api.ts'
import { buildChain } from '../support/certificates.ts'
import { localSigner } from '../support/local-signer.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { workerScript } from '../support/worker-script.ts'

const DIGEST = `sha256:${'0'.repeat(64)}`
const DESCRIPTOR = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: DIGEST,
  size: 1,
}
/** As wrangler.toml has it. */
const ANONYMOUS_LIMIT = 300
const ANYONE = { anonymousVerifyByEnvelope: true }
// The runtime has its own clock: certificates and signature are of now.
const NOW = new Date()
const validity = { notBefore: new Date('2020-01-01'), notAfter: new Date('2090-01-01') }
const built = buildChain({ leaf: validity, intermediate: validity, root: validity })

const TRUST = JSON.stringify(trustBundle(built, 'strict'))

/** A KV namespace, as far as it is written here. */
interface Namespace {
  put(key: string, value: string): Promise<void>
}

describe('functions/worker.ts', () => {
  let script: string
  let worker: Miniflare
  const lines: string[] = []

  beforeAll(async () => {
    script = await workerScript()
    worker = new Miniflare(optionsOf(ANYONE))
    await trust(TRUST)
  })
  afterAll(async () => {
    await worker?.dispose()
  })

  function optionsOf(configuration: object | string): ConstructorParameters<typeof Miniflare>[0] {
    const CONFIG = typeof configuration === 'string' ? configuration : JSON.stringify(configuration)
    return miniflareOptions({ script, bindings: { CONFIG }, log: (line) => lines.push(line) })
  }

  async function trust(document: string): Promise<void> {
    const namespace = (await worker.getKVNamespace('TRUST')) as unknown as Namespace
    await namespace.put('trust-bundle', document)
  }

  async function post(path: string, body: object, headers: Record<string, string> = {}) {
    const answer = await worker.dispatchFetch(`https://api.example${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }

  async function verifyRequest(mediaType: 'application/jose+json' | 'application/cose') {
    const { envelope } = await signArtifact(
      { descriptor: DESCRIPTOR, keyId: 'key', mediaType },
      { signer: localSigner(built), crypto: nodeCrypto, now: () => NOW },
    )
    return {
      artifactReference: `${REGISTRY}/${REPOSITORY}@${DIGEST}`,
      descriptor: DESCRIPTOR,
      signature: { mediaType, envelope: encodeBase64(envelope) },
    }
  }

  test.each(['application/jose+json', 'application/cose'] as const)(
    'verifies an envelope of %s by the trust bundle in KV',
    async (mediaType) => {
      expect(await post('/v1/verify', await verifyRequest(mediaType))).toMatchObject({
        status: 200,
        body: {
          verified: true,
          policy: { statement: 'test-policy' },
          signatures: [{ verified: true, mediaType }],
        },
      })
    },
  )

  test('rejects the same envelope for another artifact', async () => {
    const request = await verifyRequest('application/cose')
    const descriptor = { ...DESCRIPTOR, size: 2 }
    expect(await post('/v1/verify', { ...request, descriptor })).toMatchObject({
      status: 200,
      body: { verified: false, code: 'signatures-rejected' },
    })
  })

  test.each(['describe-key', 'generate-signature', 'sign'])('/v1/%s answers 401', async (route) => {
    for (const headers of [{}, { authorization: 'Bearer any-token' }])
      expect(await post(`/v1/${route}`, {}, headers)).toMatchObject({
        status: 401,
        body: { code: 'caller-unauthenticated' },
      })
  })

  test('refuses too many requests without a token from one sender, and nobody else', async () => {
    const from = (address: string) => ({ 'cf-connecting-ip': address })
    const ask = (headers: Record<string, string>) => post('/v1/sign', {}, headers)
    let admitted = 0
    let isRefused = false
    // Twice as many, because a new minute may begin meanwhile.
    while (!isRefused && admitted <= 2 * ANONYMOUS_LIMIT) {
      const batch = Array.from({ length: 100 }, () => ask(from('2001:db8::1')))
      const statuses = (await Promise.all(batch)).map(({ status }) => status)
      admitted += statuses.filter((status) => status === 401).length
      isRefused = statuses.includes(429)
    }
    expect(admitted).toBeGreaterThanOrEqual(ANONYMOUS_LIMIT)
    expect(isRefused).toBe(true)
    const refused = await worker.dispatchFetch('https://api.example/v1/verify', {
      method: 'POST',
      headers: from('2001:db8:0:0:ffff::2'),
    })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
    expect(await refused.json()).toMatchObject({ code: 'caller-throttled' })
    expect(await ask(from('2001:db8:0:1::1'))).toMatchObject({ status: 401 })
    expect(await ask(from('192.0.2.1'))).toMatchObject({ status: 401 })
  })

  test('writes an audit line for each request', () => {
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ event: 'verify', artifactDigest: DIGEST, verified: true }),
    )
  })

  test('verifies envelopes for nobody anonymous unless CONFIG says so', async () => {
    await worker.setOptions(optionsOf({}))
    await trust(TRUST)
    const request = await verifyRequest('application/cose')
    expect(await post('/v1/verify', request)).toMatchObject({ status: 401 })
  })

  test.each([
    ['CONFIG', '{"callers":7}', TRUST, 'configuration-invalid'],
    ['the trust bundle', ANYONE, '{"trustPolicy":', 'policy-invalid'],
  ])(
    'answers a problem and no verdict where %s is broken',
    async (_what, config, document, code) => {
      await worker.setOptions(optionsOf(config))
      await trust(document)
      const request = await verifyRequest('application/cose')
      expect(await post('/v1/verify', request)).toMatchObject({ status: 503, body: { code } })
    },
  )
})
