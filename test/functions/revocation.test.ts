import { describe, expect, test } from 'vitest'
import type { VerifyAnswer } from '../../demo/api-client.ts'
import { parseConfiguration } from '../../functions/configuration.ts'
import { bindRevocation } from '../../functions/revocation.ts'
import { createCrlCache } from '../../shared/revocation/crl-cache.ts'
import { createHostPolicy } from '../../shared/revocation/host-policy.ts'
import { createTestApi, image, REGISTRY, REPOSITORY } from '../support/api.ts'
import { AT, type BuiltChain, buildChain } from '../support/certificates.ts'
import { buildCrl, type EntryOptions } from '../support/crl-lists.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { type ServerTable, startServers } from '../support/ocsp-servers.ts'

const CRL_URL = 'http://crl.example.com/ca.crl'

function crlOf({ issued: [, issuer] }: BuiltChain, entries: readonly EntryOptions[]): Uint8Array {
  if (issuer === undefined) throw new RangeError('the chain has no CA')
  return buildCrl({ issuer, entries })
}

/** The API of a chain whose leaf names a CRL, over servers. */
async function createApi(table: (built: BuiltChain) => ServerTable, level = 'strict') {
  const built = buildChain({ leaf: { crlUrls: [CRL_URL] } })
  const { fetch, seen } = startServers(table(built))
  const createRevocationChecker = bindRevocation({
    fetch,
    hostPolicy: createHostPolicy(),
    crlCache: createCrlCache(),
    crypto: nodeCrypto,
    now: () => AT,
  })
  return { api: await createTestApi({ built, level, createRevocationChecker }), seen }
}

async function signAndVerify({ api }: Awaited<ReturnType<typeof createApi>>) {
  const { reference } = await image(api)
  expect((await api.post('/v1/sign', { reference, keyId: 'my-key' })).status).toBe(200)
  const answer = await api.post('/v1/verify', { reference })
  expect(answer.status).toBe(200)
  return (await answer.json()) as VerifyAnswer
}

const checkOf = ({ signatures: [signature] }: VerifyAnswer) =>
  signature?.checks.find(({ type }) => type === 'revocation')

describe('/v1/verify', () => {
  test('verifies a chain that its servers know as good', async () => {
    const verdict = await signAndVerify(
      await createApi((built) => ({ [CRL_URL]: crlOf(built, []) })),
    )
    expect(verdict.verified).toBe(true)
    expect(checkOf(verdict)).toEqual({ type: 'revocation', action: 'enforce', result: 'passed' })
  })

  test('rejects a chain whose certificate was revoked', async () => {
    const verdict = await signAndVerify(
      await createApi((built) => {
        const [certificate] = built.chain
        return { [CRL_URL]: crlOf(built, certificate === undefined ? [] : [{ certificate }]) }
      }),
    )
    expect(verdict.verified).toBe(false)
    expect(checkOf(verdict)).toMatchObject({ result: 'failed', code: 'certificate-revoked' })
  })

  test.each([
    ['strict', false],
    ['permissive', true],
  ])('under %s a chain whose servers do not answer is verified: %s', async (level, verified) => {
    const verdict = await signAndVerify(await createApi(() => ({}), level))
    expect(verdict.verified).toBe(verified)
    expect(checkOf(verdict)).toMatchObject({ result: 'failed', code: 'revocation-unknown' })
  })

  test('asks once for all signatures of a request, and keeps the CRL for the next', async () => {
    const world = await createApi((built) => ({ [CRL_URL]: crlOf(built, []) }))
    const { api, seen } = world
    const { descriptor, digest } = await image(api)
    const artifactReference = `${REGISTRY}/${REPOSITORY}@${digest}`
    const signed = await api.post('/v1/sign', { artifactReference, descriptor, keyId: 'my-key' })
    const { signature } = (await signed.json()) as { signature: object }
    const body = { artifactReference, descriptor, signatures: Array(10).fill(signature) }
    for (let request = 0; request < 2; request++) {
      const answer = await api.post('/v1/verify', body)
      expect(await answer.json()).toMatchObject({ verified: true })
    }
    expect(seen).toHaveLength(1)
  })
})

describe('CONFIG setting "revocationHosts"', () => {
  const parse = (revocationHosts: unknown) =>
    parseConfiguration(new TextEncoder().encode(JSON.stringify({ revocationHosts })))

  test('lists hosts, with or without a port', () => {
    const { listed } = parse(['ocsp.internal', '127.0.0.1:8081', '[::1]']).revocationHosts
    expect([...listed]).toEqual(['ocsp.internal', '127.0.0.1:8081', '[::1]'])
  })

  test.each(['http://ocsp.internal', '*.internal', 'a b', 'host/path'])(
    'is refused by name where it holds %j',
    (host) => {
      expect(() => parse(['a.internal', host])).toThrow('CONFIG setting "revocationHosts.1"')
    },
  )
})
