import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import { parseTrustBundle, type TrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { signArtifact } from '../../../shared/sign/sign-artifact.ts'
import { type BlobToVerify, verifyBlob } from '../../../shared/verify/verify-blob.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { AT, type BuiltChain, buildChain } from '../../support/certificates.ts'
import { makeKey } from '../../support/keys.ts'
import { localSigner } from '../../support/local-signer.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

// notation-go v1.3.2 verifies no blobs: these verdicts follow the specification and have no reference.

const BLOB = Buffer.from('a blob')
const digest = (hash: string) => `${hash}:${createHash(hash).update(BLOB).digest('hex')}`
const DIGESTS = [digest('sha256'), digest('sha384'), digest('sha512')]
const MEDIA_TYPES = ['application/jose+json', 'application/cose'] as const
const p256 = buildChain()
const p384 = buildChain({ leaf: { key: makeKey('P-384') } })
const rsa = buildChain({ leaf: { key: makeKey('rsa-4096') } })
const naming = buildChain({ leaf: { ocspUrls: ['http://ocsp.test'] } })
const foreign = buildChain()

type SignRequest = Partial<Parameters<typeof signArtifact>[0]>

/** A signature over the blob; the descriptor holds the digest that goes with the chain's key. */
async function sign(chain: BuiltChain, request: SignRequest = {}): Promise<Uint8Array> {
  const hash = chain === rsa ? 'sha512' : chain === p384 ? 'sha384' : 'sha256'
  const { envelope } = await signArtifact(
    {
      descriptor: {
        mediaType: 'application/octet-stream',
        digest: digest(hash),
        size: BLOB.length,
      },
      keyId: 'key',
      mediaType: 'application/jose+json',
      ...request,
    },
    { signer: localSigner(chain), crypto: nodeCrypto, now: () => AT },
  )
  return envelope
}

function bundleOf(statements: readonly object[] = [statementOf()]): Promise<TrustBundle> {
  const roots = [p256, p384, rsa, naming].map(({ certificates }) =>
    encodePem('CERTIFICATE', certificates.at(-1) ?? new Uint8Array()),
  )
  const images = {
    name: 'images',
    registryScopes: ['reg.io/app'],
    signatureVerification: { level: 'skip' },
  }
  return parseTrustBundle(
    JSON.parse(
      JSON.stringify({
        trustPolicy: { version: '1.0', trustPolicies: [images] },
        ...(statements.length === 0
          ? {}
          : { blobTrustPolicy: { version: '1.0', trustPolicies: statements } }),
        trustStores: { 'ca:acme': roots },
      }),
    ),
    nodeCrypto,
  )
}

function statementOf(members: object = {}): object {
  return {
    name: 'blobs',
    globalPolicy: true,
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:acme'],
    trustedIdentities: ['*'],
    ...members,
  }
}

async function verify(
  envelope: Uint8Array,
  blob: Partial<Omit<BlobToVerify, 'signature'>> & { envelopeType?: string } = {},
  bundle?: TrustBundle,
) {
  const { envelopeType, ...others } = blob
  const mediaType = envelopeType === undefined ? {} : { mediaType: envelopeType }
  return verifyBlob(
    { digests: DIGESTS, size: BLOB.length, signature: { ...mediaType, envelope }, ...others },
    { bundle: bundle ?? (await bundleOf()), now: AT, crypto: nodeCrypto },
  )
}

describe('verifyBlob()', () => {
  test.each([
    ['P-256', p256, 0],
    ['P-384', p384, 1],
    ['RSA-4096', rsa, 2],
  ] as const)('compares the digest that goes with a key of %s', async (_name, chain, place) => {
    for (const mediaType of MEDIA_TYPES) {
      const envelope = await sign(chain, { mediaType })
      const verdict = await verify(envelope)
      expect(verdict).toMatchObject({
        verified: true,
        artifact: { descriptor: { digest: DIGESTS[place], size: BLOB.length } },
        policy: { statement: 'blobs', level: 'strict' },
        signatures: [{ mediaType, verified: true }],
      })
      // The one digest suffices, and no other does.
      expect(await verify(envelope, { digests: [DIGESTS[place] ?? ''] })).toMatchObject({
        verified: true,
      })
      const others = DIGESTS.filter((_, index) => index !== place)
      await expect(verify(envelope, { digests: others })).rejects.toThrow(
        /^Cannot verify the blob: its signature holds a digest of SHA-\d+, and none of that kind was given; give sha256, sha384 and sha512$/,
      )
    }
  })

  test("refuses a digest of another hash than the key goes with, though it is the blob's", async () => {
    const descriptor = { mediaType: 'a/b', digest: digest('sha512'), size: BLOB.length }
    const verdict = await verify(await sign(p256, { descriptor }))
    expect(verdict).toMatchObject({
      verified: false,
      signatures: [{ checks: [{ type: 'integrity', code: 'artifact-mismatch' }, {}, {}, {}, {}] }],
    })
  })

  test.each([
    [
      'digest',
      { digests: DIGESTS.map((text) => text.replace(/.$/, (last) => (last === '0' ? '1' : '0'))) },
    ],
    ['size', { size: BLOB.length + 1 }],
    ['media type', { mediaType: 'text/plain' }],
  ])('rejects a signature of another %s in the words of notation', async (_name, blob) => {
    const verdict = await verify(await sign(p256), blob)
    expect(verdict).toMatchObject({
      verified: false,
      code: 'signatures-rejected',
      message: 'provided signature verification failed against the blob',
      artifact: {},
    })
    expect(verdict.signatures[0]?.checks[0]).toEqual({
      type: 'integrity',
      action: 'enforce',
      result: 'failed',
      code: 'artifact-mismatch',
      message: 'integrity check failed. signature does not match the given blob',
    })
    expect(verdict.signatures[0]?.checks.slice(1).map(({ result }) => result)).toEqual(
      Array(4).fill('notChecked'),
    )
  })

  test('takes the media type that was signed where none is asked for', async () => {
    const descriptor = { mediaType: 'text/plain', digest: digest('sha256'), size: BLOB.length }
    const envelope = await sign(p256, { descriptor })
    expect(await verify(envelope)).toMatchObject({ verified: true, artifact: { descriptor } })
    expect(await verify(envelope, { mediaType: 'text/plain' })).toMatchObject({ verified: true })
  })

  test('wants the user metadata that is asked for', async () => {
    const envelope = await sign(p256, { userMetadata: { build: '42' } })
    expect(await verify(envelope, { userMetadata: { build: '42' } })).toMatchObject({
      verified: true,
    })
    const verdict = await verify(envelope, { userMetadata: { build: '43' } })
    expect(verdict.signatures[0]?.checks[0]).toMatchObject({ code: 'metadata-mismatch' })
  })

  test.each(MEDIA_TYPES)(
    'refuses an envelope that is not the %s it is said to be',
    async (said) => {
      const other = said === 'application/cose' ? 'application/jose+json' : 'application/cose'
      const verdict = await verify(await sign(p256, { mediaType: other }), { envelopeType: said })
      expect(verdict).toMatchObject({ verified: false, signatures: [{ mediaType: said }] })
      expect(verdict.signatures[0]?.checks[0]).toMatchObject({ code: 'envelope-malformed' })
    },
  )

  test('rejects an envelope of an unknown media type, or of no bytes', async () => {
    const unknown = await verify(await sign(p256), { envelopeType: 'application/pgp' })
    expect(unknown.signatures[0]?.checks[0]).toMatchObject({
      message: 'signature envelope format with media type "application/pgp" is not supported',
    })
    const empty = await verify(new Uint8Array())
    expect(empty.signatures[0]?.checks[0]).toMatchObject({
      message: 'signature envelope is not present',
    })
  })

  test('rejects who is not trusted, and names the signer', async () => {
    const verdict = await verify(await sign(foreign))
    expect(verdict).toMatchObject({
      verified: false,
      signatures: [{ signer: { subject: expect.stringMatching(/^CN=/) } }],
    })
    expect(verdict.signatures[0]?.checks[1]).toMatchObject({ code: 'chain-untrusted' })
  })

  test('selects the statement by name, else the global one', async () => {
    const bundle = await bundleOf([
      statementOf({ trustedIdentities: ['x509.subject:C=US,ST=UT,O=Nobody'] }),
      statementOf({ name: 'named', globalPolicy: false }),
    ])
    const envelope = await sign(p256)
    expect(await verify(envelope, {}, bundle)).toMatchObject({ verified: false })
    expect(await verify(envelope, { policyName: 'named' }, bundle)).toMatchObject({
      verified: true,
      policy: { statement: 'named', bundleDigest: bundle.digest },
    })
    expect(await verify(envelope, { policyName: 'other' }, bundle)).toEqual({
      verified: false,
      code: 'statement-missing',
      message: 'no applicable blob trust policy with name "other"',
      artifact: {},
      policy: { bundleDigest: bundle.digest },
      signatures: [],
    })
  })

  test('rejects where there is no global statement, and throws for a blank name', async () => {
    const bundle = await bundleOf([statementOf({ globalPolicy: false })])
    expect(await verify(await sign(p256), {}, bundle)).toMatchObject({
      verified: false,
      code: 'statement-missing',
      message: 'no global blob trust policy',
    })
    await expect(verify(await sign(p256), { policyName: ' ' }, bundle)).rejects.toThrow(
      new NotationError('request-invalid', 'policy name cannot be empty'),
    )
  })

  test('answers verified without looking where the statement skips', async () => {
    const skip = { name: 'none', signatureVerification: { level: 'skip' } }
    const bundle = await bundleOf([skip])
    expect(await verify(new Uint8Array([1]), { policyName: 'none' }, bundle)).toEqual({
      verified: true,
      artifact: {},
      policy: { statement: 'none', level: 'skip', bundleDigest: bundle.digest },
      signatures: [],
    })
  })

  test('throws without a policy for blobs, whatever the one for images says', async () => {
    await expect(verify(await sign(p256), {}, await bundleOf([]))).rejects.toThrow(
      new NotationError(
        'policy-invalid',
        'Cannot verify the blob: the trust bundle has no "blobTrustPolicy"; write notation\'s trustpolicy.blob.json',
      ),
    )
  })

  test('throws, and does not reject, where an enforced check cannot be performed', async () => {
    await expect(verify(await sign(naming))).rejects.toMatchObject({ code: 'check-unsupported' })
  })

  test('a check that is only logged does not reject', async () => {
    const bundle = await bundleOf([statementOf({ signatureVerification: { level: 'audit' } })])
    expect(await verify(await sign(foreign), {}, bundle)).toMatchObject({
      verified: true,
      policy: { level: 'audit' },
    })
  })

  test('returns a verdict for any bytes', async () => {
    const bundle = await bundleOf()
    const [jws, cose] = await Promise.all(MEDIA_TYPES.map((mediaType) => sign(p256, { mediaType })))
    const changed = fc
      .tuple(fc.constantFrom(jws, cose), fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([envelope = new Uint8Array(), at, mask]) =>
        envelope.map((byte, index) => (index === at % envelope.length ? byte ^ mask : byte)),
      )
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), changed), async (envelope) => {
        const verdict = await verify(envelope, {}, bundle)
        expect(verdict.signatures[0]?.checks).toHaveLength(5)
      }),
      { numRuns: 60 },
    )
  })
})
