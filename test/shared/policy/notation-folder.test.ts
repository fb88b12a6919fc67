import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { NotationError } from '../../../shared/errors.ts'
import { assembleTrustBundle } from '../../../shared/policy/notation-folder.ts'
import { parseTrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { issueCa } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const [first, second] = [issueCa(), issueCa()]
const pem = encodePem('CERTIFICATE', first.der)
const policyOf = (...trustStores: string[]) => ({
  version: '1.0',
  trustPolicies: [
    {
      name: 'p',
      registryScopes: ['*'],
      signatureVerification: { level: 'strict' },
      trustStores,
      trustedIdentities: ['*'],
    },
  ],
})
const folderOf = (files: Record<string, string | Uint8Array>) =>
  new Map(
    Object.entries(files).map(([path, content]) => [
      path,
      typeof content === 'string' ? encodeUtf8(content) : content,
    ]),
  )
const policy = JSON.stringify(policyOf('ca:acme'))

describe('assembleTrustBundle()', () => {
  test('reads PEM and DER of every file in the stores that the policy names, and no other', async () => {
    const document = assembleTrustBundle(
      folderOf({
        'trustpolicy.json': policy,
        'truststore/x509/ca/acme/b.pem': pem,
        'truststore/x509/ca/acme/a.crt': second.der,
        'truststore/x509/ca/acme2/c.pem': 'no certificate',
        'truststore/x509/tsa/acme/d.pem': 'no certificate',
        'localkeys/acme.pem': 'no certificate',
      }),
    )
    expect(document).toEqual({
      trustPolicy: policyOf('ca:acme'),
      trustStores: { 'ca:acme': [encodePem('CERTIFICATE', second.der), pem] },
    })
    const bundle = await parseTrustBundle(document, nodeCrypto)
    const written = await parseTrustBundle(JSON.parse(JSON.stringify(document)), nodeCrypto)
    expect(bundle.trustStores.get('ca:acme')).toHaveLength(2)
    expect(written.digest).toBe(bundle.digest)
  })

  test('prefers the policy file of notation 2', () => {
    const document = assembleTrustBundle(
      folderOf({
        'trustpolicy.json': JSON.stringify(policyOf('ca:old')),
        'trustpolicy.oci.json': JSON.stringify(policyOf('ca:new')),
      }),
    )
    expect(document.trustPolicy).toEqual(policyOf('ca:new'))
  })

  test('leaves out a store without files', () => {
    expect(assembleTrustBundle(folderOf({ 'trustpolicy.json': policy })).trustStores).toEqual({})
  })

  const guide =
    'To create a trust policy, see: https://notaryproject.dev/docs/quickstart/#create-a-trust-policy'

  test('tells that there is no policy', () => {
    expect(() => assembleTrustBundle(new Map())).toThrow(
      new NotationError('policy-invalid', `trust policy is not present. ${guide}`),
    )
  })

  test.each([
    ['', 'Cannot read JSON'],
    ['{"version":"1.0","version":"1.0"}', 'two members have the same name'],
    ['\ufeff{}', 'Cannot read JSON'],
  ])('tells a policy file that is no JSON: %j', (text, told) => {
    expect(() => assembleTrustBundle(folderOf({ 'trustpolicy.json': text }))).toThrow(
      expect.objectContaining({
        code: 'policy-invalid',
        message: expect.stringMatching(`^malformed trust policy. ${guide.replace('?', '\\?')}; `),
      }),
    )
    expect(() => assembleTrustBundle(folderOf({ 'trustpolicy.json': text }))).toThrow(told)
  })

  test('names the file that holds no certificate', () => {
    const folder = folderOf({
      'trustpolicy.json': policy,
      'truststore/x509/ca/acme/a.pem': pem,
      'truststore/x509/ca/acme/readme.txt': 'not here',
    })
    expect(() => assembleTrustBundle(folder)).toThrow(
      expect.objectContaining({
        code: 'trust-store-invalid',
        message: expect.stringMatching(
          /^failed to read the trusted certificate readme\.txt in trust store acme of type ca: Cannot read certificates: /,
        ),
      }),
    )
  })

  test('refuses a folder inside a store', () => {
    const folder = folderOf({
      'trustpolicy.json': policy,
      'truststore/x509/ca/acme/more/a.pem': pem,
    })
    expect(() => assembleTrustBundle(folder)).toThrow(
      new NotationError(
        'trust-store-invalid',
        'trusted certificate more in trust store acme of type ca is not a regular file (directories or symlinks are not supported)',
      ),
    )
  })
})

describe('assembleTrustBundle() with a policy for blobs', () => {
  const blobs = policyOf('ca:blobs')
  const files = {
    'trustpolicy.json': policy,
    'trustpolicy.blob.json': JSON.stringify(blobs),
    'truststore/x509/ca/acme/a.pem': pem,
    'truststore/x509/ca/blobs/b.crt': second.der,
  }

  test('carries it along with the stores that it names', () => {
    expect(assembleTrustBundle(folderOf(files))).toEqual({
      trustPolicy: policyOf('ca:acme'),
      blobTrustPolicy: blobs,
      trustStores: { 'ca:acme': [pem], 'ca:blobs': [encodePem('CERTIFICATE', second.der)] },
    })
  })

  test('refuses the whole where it breaks a rule, or is no JSON', () => {
    const withBlobs = (text: string) => () =>
      assembleTrustBundle(folderOf({ ...files, 'trustpolicy.blob.json': text }))
    expect(withBlobs('{"version":"2.0"}')).toThrow(
      new NotationError(
        'policy-invalid',
        'blob trust policy document uses unsupported version "2.0"',
      ),
    )
    expect(withBlobs('{')).toThrow(/^malformed trust policy\./)
  })
})
