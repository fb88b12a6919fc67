import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import type { JsonValue } from '../../../shared/json.ts'
import { parseBlobTrustPolicy } from '../../../shared/policy/blob-document.ts'
import { selectBlobStatement } from '../../../shared/policy/blob-select.ts'

// notation-go v1.3.2 has no policies for blobs, so nothing here was compared with a reference: the
// messages are those of its main branch.

/** One statement of each kind that trust-store-trust-policy.md §Blob Trust Policy knows: by name, skipping, global. */
const SAMPLE = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'wabbit-networks-policy',
      signatureVerification: { level: 'audit' },
      trustStores: ['ca:wabbit-networks'],
      trustedIdentities: ['x509.subject: C=US, ST=WA, L=Seattle, O=wabbit-networks.io'],
    },
    { name: 'skip-verification-policy', signatureVerification: { level: 'skip' } },
    {
      name: 'global-verification-policy',
      globalPolicy: true,
      signatureVerification: { level: 'strict', override: { expiry: 'log' } },
      trustStores: ['ca:acme-rockets', 'tsa:clock'],
      trustedIdentities: ['*'],
    },
  ],
}

const statement = {
  name: 'p',
  signatureVerification: { level: 'strict' },
  trustStores: ['ca:acme'],
  trustedIdentities: ['*'],
}
const documentOf = (...statements: JsonValue[]) => ({ version: '1.0', trustPolicies: statements })
const withMembers = (members: JsonValue) => documentOf({ ...statement, ...(members as object) })
const inStatement = 'blob trust policy: trust policy statement "p"'
const invalid = `${inStatement} has invalid signatureVerification: `
const malformed =
  'malformed trust policy. To create a trust policy, see: https://notaryproject.dev/docs/quickstart/#create-a-trust-policy; '

describe('parseBlobTrustPolicy()', () => {
  test('reads statements of every kind', () => {
    const { statements } = parseBlobTrustPolicy(SAMPLE)
    expect(
      statements.map(({ name, isGlobal, signatureVerification: { level }, trustStores }) => ({
        name,
        isGlobal,
        level: level.name,
        stores: trustStores.length,
      })),
    ).toEqual([
      { name: 'wabbit-networks-policy', isGlobal: false, level: 'audit', stores: 1 },
      { name: 'skip-verification-policy', isGlobal: false, level: 'skip', stores: 0 },
      { name: 'global-verification-policy', isGlobal: true, level: 'custom', stores: 2 },
    ])
  })

  test('passes over registry scopes and other unknown members, as notation does', () => {
    const [read] = parseBlobTrustPolicy(
      withMembers({ registryScopes: ['a b'], extra: 1 }),
    ).statements
    expect(read).toMatchObject({ name: 'p', registryScopes: [] })
  })

  test.each<[string, JsonValue, string]>([
    [
      'no version',
      { trustPolicies: [statement] },
      'blob trust policy document has empty version, version must be specified',
    ],
    [
      'another version',
      { version: '1.1', trustPolicies: [statement] },
      'blob trust policy document uses unsupported version "1.1"',
    ],
    [
      'no statement',
      documentOf(),
      'blob trust policy document can not have zero trust policy statements',
    ],
    ['null', null, 'blob trust policy document has empty version, version must be specified'],
    [
      'two statements of one name',
      documentOf(statement, { ...statement, globalPolicy: true }),
      'multiple blob trust policy statements use the same name "p", statement names must be unique',
    ],
    [
      'two global statements',
      documentOf(
        { ...statement, globalPolicy: true },
        { ...statement, name: 'q', globalPolicy: true },
      ),
      'multiple blob trust policy statements have globalPolicy set to true. Only one trust policy statement can be marked as global policy',
    ],
    [
      'a global statement that skips',
      documentOf({ name: 'p', globalPolicy: true, signatureVerification: { level: 'skip' } }),
      'global blob trust policy statement cannot have verification level set to skip',
    ],
    [
      'a statement without a name',
      withMembers({ name: '' }),
      'blob trust policy: a trust policy statement is missing a name, every statement requires a name',
    ],
    [
      'no level',
      withMembers({ signatureVerification: {} }),
      `${invalid}signature verification level is empty or missing in the trust policy statement`,
    ],
    [
      'an unknown level',
      withMembers({ signatureVerification: { level: 'lax' } }),
      `${invalid}invalid signature verification level "lax"`,
    ],
    [
      'an override of skip',
      withMembers({ signatureVerification: { level: 'skip', override: { expiry: 'log' } } }),
      `${invalid}signature verification level "skip" can't be used to customize signature verification`,
    ],
    [
      'an override of integrity',
      withMembers({ signatureVerification: { level: 'strict', override: { integrity: 'log' } } }),
      `${invalid}"integrity" verification can not be overridden in custom signature verification`,
    ],
    [
      'a skipped authenticity',
      withMembers({
        signatureVerification: { level: 'strict', override: { authenticity: 'skip' } },
      }),
      `${invalid}"authenticity" verification can not be skipped in custom signature verification`,
    ],
    [
      'an unknown verifyTimestamp',
      withMembers({ signatureVerification: { level: 'strict', verifyTimestamp: 'never' } }),
      `${invalid}verifyTimestamp must be "always" or "afterCertExpiry", but got "never"`,
    ],
    [
      'trust where verification is skipped',
      withMembers({ signatureVerification: { level: 'skip' } }),
      `${inStatement} is set to skip signature verification but configured with trust stores and/or trusted identities, remove them if signature verification needs to be skipped`,
    ],
    [
      'no trust stores',
      withMembers({ trustStores: [] }),
      `${inStatement} is either missing trust stores or trusted identities, both must be specified`,
    ],
    [
      'an unknown kind of trust store',
      withMembers({ trustStores: ['pgp:acme'] }),
      `${inStatement} uses an unsupported trust store type "pgp" in trust store value "pgp:acme"`,
    ],
    [
      'a trust store without a kind',
      withMembers({ trustStores: ['acme'] }),
      `${inStatement} has malformed trust store value "acme". The required format is <TrustStoreType>:<TrustStoreName>`,
    ],
    [
      'the wildcard among identities',
      withMembers({ trustedIdentities: ['*', 'x509.subject:C=US,ST=UT,O=Acme'] }),
      `${inStatement} uses a wildcard trusted identity '*', a wildcard identity cannot be used in conjunction with other values`,
    ],
    [
      'an identity without a separator',
      withMembers({ trustedIdentities: ['me'] }),
      `${inStatement} has trusted identity "me" missing separator`,
    ],
    [
      'globalPolicy as a text',
      withMembers({ globalPolicy: 'true' }),
      `${malformed}blobTrustPolicy.trustPolicies[0].globalPolicy is a value of type string, wanted true or false`,
    ],
    [
      'globalPolicy in another spelling, which Go would read',
      withMembers({ globalpolicy: true }),
      `${malformed}blobTrustPolicy.trustPolicies[0] has a member "globalpolicy", which differs from a known name in case only`,
    ],
    [
      'statements that are no list',
      { version: '1.0', trustPolicies: {} },
      `${malformed}blobTrustPolicy.trustPolicies is a value of type object, wanted an array`,
    ],
  ])('refuses %s', (_name, document, message) => {
    expect(() => parseBlobTrustPolicy(document)).toThrow(
      new NotationError('policy-invalid', message),
    )
  })

  test('returns or throws policy-invalid for any JSON', () => {
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({
        version: fc.constant('1.0'),
        trustPolicies: fc.array(
          fc.record({
            name: fc.string(),
            globalPolicy: fc.jsonValue(),
            signatureVerification: fc.record({ level: fc.constantFrom('strict', 'skip') }),
            trustStores: fc.array(fc.constantFrom('ca:a', 'b')),
            trustedIdentities: fc.array(fc.constantFrom('*', 'x509.subject:')),
          }),
        ),
      }),
    )
    fc.assert(
      fc.property(json, (value) => {
        try {
          parseBlobTrustPolicy(value as JsonValue)
        } catch (error) {
          expect(error).toMatchObject({ name: 'NotationError', code: 'policy-invalid' })
        }
      }),
    )
  })
})

describe('selectBlobStatement()', () => {
  const policy = parseBlobTrustPolicy(SAMPLE)

  test('selects by name, exactly', () => {
    expect(selectBlobStatement(policy, 'skip-verification-policy').statement?.name).toBe(
      'skip-verification-policy',
    )
  })

  test('selects the global statement where no name is given', () => {
    expect(selectBlobStatement(policy, undefined).statement?.name).toBe(
      'global-verification-policy',
    )
  })

  test.each(['Skip-verification-policy', ' skip-verification-policy', 'other'])(
    'selects nothing for the unknown name "%s", not the global statement',
    (name) => {
      expect(selectBlobStatement(policy, name)).toEqual({
        statement: undefined,
        message: `no applicable blob trust policy with name "${name}"`,
      })
    },
  )

  test('says that there is no global statement', () => {
    expect(selectBlobStatement(parseBlobTrustPolicy(documentOf(statement)), undefined)).toEqual({
      statement: undefined,
      message: 'no global blob trust policy',
    })
  })

  test.each(['', ' \t'])('refuses the blank name %j', (name) => {
    expect(() => selectBlobStatement(policy, name)).toThrow(
      new NotationError('request-invalid', 'policy name cannot be empty'),
    )
  })
})
