import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../shared/json.ts'
import { parseTrustBundle } from '../../shared/policy/trust-bundle.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { createTestApi, image, REGISTRY, REPOSITORY } from '../support/api.ts'
import { buildChain } from '../support/certificates.ts'
import { nodeCrypto } from '../support/node-crypto.ts'

/** As DigiCert issues them for extended validation; without ST, and with two OUs. */
const built = buildChain({
  leaf: {
    subject: [
      ['2.5.4.15', 'Private Organization'],
      ['1.3.6.1.4.1.311.60.2.1.3', 'SG'],
      ['SERIALNUMBER', '201912345K'],
      ['C', 'SG'],
      ['O', 'Acme Pte. Ltd.'],
      ['OU', 'Release'],
      ['OU', 'Linux'],
      ['CN', 'Acme Pte. Ltd.'],
    ],
  },
})

async function bundleOf(identity: string, others: JsonObject) {
  const statement = {
    name: 'production',
    registryScopes: [`${REGISTRY}/${REPOSITORY}`],
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: [`x509.subject: ${identity}`],
  }
  const root = encodePem('CERTIFICATE', built.certificates.at(-1) ?? new Uint8Array())
  const trustPolicy = { version: '1.0', trustPolicies: [statement] }
  return parseTrustBundle(
    { trustPolicy, trustStores: { 'ca:acme': [root] }, ...others },
    nodeCrypto,
  )
}

async function authenticityOf(identity: string, others: JsonObject): Promise<unknown> {
  const trustBundle = await bundleOf(identity, others)
  const api = await createTestApi({ built, trustBundle })
  const { reference } = await image(api)
  expect((await api.post('/v1/sign', { keyId: 'my-key', reference })).status).toBe(200)
  const answer = await api.post('/v1/verify', { reference })
  const { verified, signatures } = (await answer.json()) as {
    verified: boolean
    signatures: readonly { checks: readonly { type: string; code?: string }[] }[]
  }
  const check = signatures[0]?.checks.find(({ type }) => type === 'authenticity')
  return { verified, code: check?.code }
}

describe('POST /v1/verify of a signature for extended validation', () => {
  test('is verified where the trust bundle has identities matched by the extended rules', async () => {
    const identity =
      'C=SG, O=Acme Pte. Ltd., OU=Release, businessCategory=Private Organization, jurisdictionC=SG'
    const extended = { identityMatching: 'extended' }
    expect(await authenticityOf(identity, extended)).toEqual({ verified: true, code: undefined })
    expect(await authenticityOf(`${identity}, OU=Windows`, extended)).toEqual({
      verified: false,
      code: 'identity-mismatch',
    })
  })

  test('is rejected otherwise, as the reference implementation rejects it', async () => {
    expect(await authenticityOf('C=SG, ST=Singapore, O=Acme Pte. Ltd.', {})).toEqual({
      verified: false,
      code: 'identity-mismatch',
    })
  })
})
