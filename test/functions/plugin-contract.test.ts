import { createVerify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeBase64 } from '../../shared/base64.ts'
import { createTestApi } from '../support/api.ts'

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
