import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import type { JsonValue } from '../../../shared/json.ts'
import { encodeCanonicalJson } from '../../../shared/policy/canonical-json.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import {
  buildChain,
  type IssuedCertificate,
  issueCa,
  issueLeaf,
} from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const root = issueCa()
const trustPolicy = {
  version: '1.0',
  trustPolicies: [
    {
      name: 'p',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:acme'],
      trustedIdentities: ['*'],
    },
  ],
}

const pemOf = ({ der }: IssuedCertificate) => encodePem('CERTIFICATE', der)
const bundleOf = (trustStores: JsonValue | undefined, others = {}) =>
  parseTrustBundle(
    trustStores === undefined ? { trustPolicy } : { trustPolicy, trustStores, ...others },
    nodeCrypto,
  )
const storeOf = (name: string, ...certificates: IssuedCertificate[]) =>
  bundleOf({ [name]: certificates.map(pemOf) })

describe('parseTrustBundle()', () => {
  test('returns the policy and the certificates of each store', async () => {
    const [, intermediate, top] = buildChain().issued
    const bundle = await bundleOf({
      'ca:acme': [pemOf(intermediate as IssuedCertificate), pemOf(root)],
      'signingAuthority:b': [`${pemOf(root)}text\n${pemOf(top as IssuedCertificate)}`],
    })
    expect(bundle.trustPolicy.statements).toHaveLength(1)
    expect(bundle.trustStores.get('ca:acme')).toEqual([
      (intermediate as IssuedCertificate).certificate,
      root.certificate,
    ])
    expect(bundle.trustStores.get('signingAuthority:b')).toHaveLength(2)
  })

  test('takes the policy without any store', async () => {
    expect((await bundleOf(undefined)).trustStores.size).toBe(0)
  })

  test('reads the policy for blobs, which counts in the digest', async () => {
    const statements = trustPolicy.trustPolicies.map((statement) => ({
      ...statement,
      name: 'blobs',
    }))
    const blobTrustPolicy = { version: '1.0', trustPolicies: statements }
    const without = await bundleOf({})
    const bundle = await bundleOf({}, { blobTrustPolicy })
    expect(bundle.digest).not.toBe(without.digest)
    expect(bundle.blobTrustPolicy?.statements.map(({ name }) => name)).toEqual(['blobs'])
    expect(without.blobTrustPolicy).toBeUndefined()
  })

  test('has identities matched as the reference does, unless it says "extended"', async () => {
    const [statement] = trustPolicy.trustPolicies
    const trustedIdentities = ['x509.subject: C=SG, O=Acme']
    const policy = { version: '1.0', trustPolicies: [{ ...statement, trustedIdentities }] }
    const parse = (others: object) =>
      parseTrustBundle({ trustPolicy: policy, trustStores: {}, ...others }, nodeCrypto)
    for (const reference of [{}, { identityMatching: 'reference' }, { identityMatching: null }])
      await expect(parse(reference)).rejects.toThrow(/has no mandatory RDN attribute for "ST"/)
    const extended = await parse({ identityMatching: 'extended' })
    expect(extended.trustPolicy.statements[0]?.trustedIdentities.matching).toBe('extended')
  })

  test('has identities of blob policies matched alike, and counts that in the digest', async () => {
    const blobTrustPolicy = { ...trustPolicy }
    const reference = await bundleOf({}, { blobTrustPolicy })
    const extended = await bundleOf({}, { blobTrustPolicy, identityMatching: 'extended' })
    const matchingOf = (bundle: typeof extended) =>
      bundle.blobTrustPolicy?.statements[0]?.trustedIdentities.matching
    expect([matchingOf(reference), matchingOf(extended)]).toEqual(['reference', 'extended'])
    expect(extended.digest).not.toBe(reference.digest)
  })

  test.each(['Extended', 'lenient', true])('refuses identityMatching %j', async (value) => {
    await expect(bundleOf({}, { identityMatching: value })).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringContaining('identityMatching'),
    })
  })

  test('refuses identityMatching in another spelling, rather than to pass it over', async () => {
    await expect(bundleOf({}, { identitymatching: 'extended' })).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringContaining('"identitymatching"'),
    })
  })

  test('refuses the whole for a wrong policy for blobs', async () => {
    await expect(bundleOf({}, { blobTrustPolicy: { version: '2.0' } })).rejects.toThrow(
      new NotationError(
        'policy-invalid',
        'blob trust policy document uses unsupported version "2.0"',
      ),
    )
  })

  test('digests the content, however it is laid out', async () => {
    const stores = { 'ca:a': [pemOf(root)], 'ca:b': [pemOf(root)] }
    const bundle = await bundleOf(stores)
    const { version, trustPolicies } = trustPolicy
    const reordered = await parseTrustBundle(
      {
        trustStores: { 'ca:b': stores['ca:b'], 'ca:a': stores['ca:a'] },
        trustPolicy: { trustPolicies, version },
      },
      nodeCrypto,
    )
    expect(bundle.digest).toMatch(/^sha256:[0-9a-f]{64}$/)
    expect(reordered.digest).toBe(bundle.digest)
    expect((await bundleOf({ 'ca:a': [pemOf(root)] })).digest).not.toBe(bundle.digest)
  })

  test('digests as sha256 over canonical JSON', async () => {
    const json = { trustPolicy, trustStores: {} }
    const digest = await nodeCrypto.digest(
      'SHA-256',
      new TextEncoder().encode(encodeCanonicalJson(json)),
    )
    expect((await bundleOf({})).digest).toBe(`sha256:${Buffer.from(digest).toString('hex')}`)
  })

  test('accepts a self-signed leaf in a ca store', async () => {
    const bundle = await storeOf('ca:acme', issueLeaf())
    expect(bundle.trustStores.get('ca:acme')).toHaveLength(1)
  })

  test.each([
    [
      'acme',
      'trust bundle has malformed trust store value "acme". The required format is <TrustStoreType>:<TrustStoreName>',
    ],
    [
      'other:acme',
      'trust bundle uses an unsupported trust store type "other" in trust store value "other:acme"',
    ],
    [
      'ca:a/b',
      'trust bundle uses an unsupported trust store name "a/b" in trust store value "ca:a/b". Named store name needs to follow [a-zA-Z0-9_.-]+ format',
    ],
  ])('refuses a store called %s', async (name, message) => {
    await expect(storeOf(name, root)).rejects.toThrow(new NotationError('policy-invalid', message))
  })

  test('refuses an empty store', async () => {
    await expect(bundleOf({ 'ca:acme': [] })).rejects.toThrow(
      new NotationError(
        'trust-store-invalid',
        'no x509 certificates were found in trust store "acme" of type "ca"',
      ),
    )
  })

  test.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n'])(
    'names the store and the place of what is no certificate: %j',
    async (text) => {
      await expect(bundleOf({ 'ca:acme': [pemOf(root), text] })).rejects.toMatchObject({
        code: 'trust-store-invalid',
        message: expect.stringMatching(
          /^failed to read the trusted certificate #2 in trust store acme of type ca: Cannot read /,
        ),
      })
    },
  )

  test('takes or refuses any bytes as a certificate, and any changed byte of one', async () => {
    const changed = fc
      .tuple(fc.nat({ max: root.der.length - 1 }), fc.integer({ min: 1, max: 255 }))
      .map(([at, change]) => root.der.map((byte, index) => (index === at ? byte ^ change : byte)))
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.uint8Array(), changed),
        fc.constantFrom('ca:acme', 'tsa:clock'),
        async (der, store) => {
          const bundle = bundleOf({ [store]: [encodePem('CERTIFICATE', der)] })
          const outcome = await bundle.then(
            ({ trustStores }) => trustStores.size,
            (error) => error.code,
          )
          // A CA's own signature counts in a tsa store only, as in the reference.
          expect(
            store === 'ca:acme' ? [1, 'trust-store-invalid'] : ['trust-store-invalid'],
          ).toContain(outcome)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('refuses a certificate that is neither a CA nor self-signed', async () => {
    await expect(
      storeOf('ca:acme', issueLeaf({ subject: [['CN', 'leaf']] }, root)),
    ).rejects.toThrow(
      new NotationError(
        'trust-store-invalid',
        'failed to validate the trusted certificate #1 in trust store acme of type ca: certificate with subject "CN=leaf" is not a CA certificate or self-signed signing certificate',
      ),
    )
  })

  const notAnIssuer =
    'x509: invalid signature: parent certificate cannot sign this kind of certificate'

  test.each([
    [
      'an intermediate',
      issueCa({ subject: [['CN', 'x']] }, root),
      'x509: ECDSA verification failure',
    ],
    ['a self-signed leaf', issueLeaf({ subject: [['CN', 'x']] }), notAnIssuer],
    [
      'a root without keyCertSign',
      issueCa({ subject: [['CN', 'x']], keyUsage: ['cRLSign'] }),
      notAnIssuer,
    ],
    [
      'a root under another name',
      issueCa({ subject: [['CN', 'x']], issuerName: [['CN', 'y']] }),
      'issuer (CN=y) and subject (CN=x) are not the same',
    ],
  ])('refuses %s in a tsa store', async (_, certificate, reason) => {
    await expect(storeOf('tsa:clock', certificate)).rejects.toThrow(
      new NotationError(
        'trust-store-invalid',
        `trusted certificate #1 in trust store clock of type tsa is invalid: certificate with subject "CN=x" is not a root CA certificate: ${reason}`,
      ),
    )
  })

  test('accepts a root in a tsa store', async () => {
    expect((await storeOf('tsa:clock', root)).trustStores.get('tsa:clock')).toHaveLength(1)
  })

  test.each([
    [[], 'the trust bundle is an array, wanted an object'],
    [
      { trustPolicy, trustStores: { 'ca:a': 'PEM' } },
      'trustStores[ca:a] is a value of type string, wanted an array',
    ],
    [
      { trustpolicy: trustPolicy },
      'the trust bundle has a member "trustpolicy", which differs from a known name in case only',
    ],
  ])('refuses another shape: %#', async (json, found) => {
    await expect(parseTrustBundle(json, nodeCrypto)).rejects.toMatchObject({
      code: 'policy-invalid',
      message: expect.stringContaining(found),
    })
  })

  test('refuses a bundle without a policy', async () => {
    await expect(parseTrustBundle({ trustStores: {} }, nodeCrypto)).rejects.toThrow(
      new NotationError(
        'policy-invalid',
        'trust policy document has empty version, version must be specified',
      ),
    )
  })
})

describe('encodeCanonicalJson()', () => {
  test('parses back to the same value, and is the same for any order of members', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = encodeCanonicalJson(value as JsonValue)
        expect(encodeCanonicalJson(JSON.parse(text))).toBe(text)
        expect(JSON.stringify(JSON.parse(text))).toHaveLength(JSON.stringify(value).length)
      }),
    )
    expect(encodeCanonicalJson({ b: [1, null, 'é"'], a: { d: true, c: {} } })).toBe(
      '{"a":{"c":{},"d":true},"b":[1,null,"é\\""]}',
    )
  })
})
