import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { digestOf } from '../../../shared/digest.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { quoteGo } from '../../../shared/go-text.ts'
import { MAX_ENVELOPE_BYTES } from '../../../shared/limits.ts'
import { parseTrustBundle, type TrustBundle } from '../../../shared/policy/trust-bundle.ts'
import { signArtifact } from '../../../shared/sign/sign-artifact.ts'
import { type SignatureInput, verifyArtifact } from '../../../shared/verify/verify-artifact.ts'
import { formatName } from '../../../shared/x509/name.ts'
import { encodePem } from '../../../shared/x509/pem.ts'
import { AT, type BuiltChain, buildChain } from '../../support/certificates.ts'
import { localSigner } from '../../support/local-signer.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { DESCRIPTOR } from './signed-content.ts'

const REFERENCE = `reg.io/app@${DESCRIPTOR.digest}`
const MEDIA_TYPES = ['application/jose+json', 'application/cose'] as const
const SIGNING_AGENT = 'this text is not signed'
const trusted = buildChain()
const foreign = buildChain()
const naming = buildChain({ leaf: { ocspUrls: ['http://ocsp.test'] } })

let good: SignatureInput
let untrusted: SignatureInput
let unchecked: SignatureInput

beforeAll(async () => {
  good = await sign(trusted)
  untrusted = await sign(foreign)
  unchecked = await sign(naming)
})

async function sign(
  chain: BuiltChain,
  request: Partial<Parameters<typeof signArtifact>[0]> = {},
): Promise<SignatureInput> {
  const { mediaType, envelope } = await signArtifact(
    {
      descriptor: DESCRIPTOR,
      keyId: 'key',
      mediaType: 'application/jose+json',
      signingAgent: SIGNING_AGENT,
      ...request,
    },
    { signer: localSigner(chain), crypto: nodeCrypto, now: () => AT },
  )
  return { mediaType, envelope }
}

function bundleOf({
  signatureVerification = { level: 'strict' },
  registryScopes = ['reg.io/app'],
  trustedIdentities = ['*'],
}: {
  signatureVerification?: { level: string; override?: Record<string, string> }
  registryScopes?: string[]
  trustedIdentities?: string[]
} = {}): Promise<TrustBundle> {
  const isSkip = signatureVerification.level === 'skip'
  const roots = [trusted, naming].map(({ certificates }) =>
    encodePem('CERTIFICATE', certificates.at(-1) ?? new Uint8Array()),
  )
  const statement = {
    name: 'production',
    registryScopes,
    signatureVerification,
    trustStores: isSkip ? [] : ['ca:acme'],
    trustedIdentities: isSkip ? [] : trustedIdentities,
  }
  return parseTrustBundle(
    {
      trustPolicy: { version: '1.0', trustPolicies: [statement] },
      trustStores: { 'ca:acme': roots },
    },
    nodeCrypto,
  )
}

async function verify(
  signatures: readonly SignatureInput[],
  options: Parameters<typeof bundleOf>[0] = {},
  others: Partial<Parameters<typeof verifyArtifact>[0]> = {},
) {
  const bundle = await bundleOf(options)
  return verifyArtifact(
    { reference: REFERENCE, descriptor: DESCRIPTOR, signatures, ...others },
    { bundle, now: AT, crypto: nodeCrypto },
  )
}

const passed = (type: string) => ({ type, action: 'enforce', result: 'passed' })
const ALL_PASSED = ['integrity', 'authenticity', 'expiry', 'authenticTimestamp', 'revocation'].map(
  passed,
)

describe('verifyArtifact()', () => {
  test.each(MEDIA_TYPES)(
    'answers the whole verdict on a good signature of %s',
    async (mediaType) => {
      const signature = {
        digest: `sha256:${'b'.repeat(64)}`,
        ...(await sign(trusted, { mediaType })),
      }
      const [leaf] = trusted.chain
      expect(await verify([signature])).toEqual({
        verified: true,
        artifact: { reference: REFERENCE, descriptor: DESCRIPTOR },
        policy: {
          statement: 'production',
          level: 'strict',
          bundleDigest: (await bundleOf()).digest,
        },
        signatures: [
          {
            digest: signature.digest,
            mediaType,
            verified: true,
            signer: {
              subject: leaf === undefined ? '' : formatName(leaf.subject),
              fingerprint: await digestOf(
                'SHA-256',
                trusted.certificates[0] ?? new Uint8Array(),
                nodeCrypto,
              ),
            },
            checks: ALL_PASSED,
          },
        ],
      })
    },
  )

  test('looks at every signature, and one that is verified is enough', async () => {
    const broken = { mediaType: 'application/cose', envelope: encodeUtf8('no envelope') }
    const verdict = await verify([broken, untrusted, good, unchecked])
    expect(verdict.verified).toBe(true)
    expect(verdict.signatures.map(({ verified }) => verified)).toEqual([false, false, true, false])
    expect(verdict.signatures[1]?.checks).toEqual([
      passed('integrity'),
      {
        type: 'authenticity',
        action: 'enforce',
        result: 'failed',
        code: 'chain-untrusted',
        message: "the signature's certificate chain does not contain any trusted certificate",
      },
      { type: 'expiry', action: 'enforce', result: 'notChecked' },
      { type: 'authenticTimestamp', action: 'enforce', result: 'notChecked' },
      { type: 'revocation', action: 'enforce', result: 'notChecked' },
    ])
    expect(verdict.signatures[3]?.checks.at(-1)).toMatchObject({
      result: 'notChecked',
      code: 'check-unsupported',
    })
  })

  test('rejects where no signature is verified', async () => {
    expect(await verify([untrusted])).toMatchObject({
      verified: false,
      code: 'signatures-rejected',
      message: `signature verification failed for all the signatures associated with ${REFERENCE}`,
      signatures: [{ verified: false }],
    })
  })

  test('rejects where there is no signature', async () => {
    expect(await verify([])).toMatchObject({
      verified: false,
      code: 'signature-missing',
      message: `no signature is associated with "${REFERENCE}", make sure the artifact was signed successfully`,
      policy: { statement: 'production' },
      signatures: [],
    })
  })

  test('rejects where no statement applies, telling the scope that was looked for', async () => {
    const verdict = await verify([good], { registryScopes: ['reg.io/other'] })
    expect(verdict).toMatchObject({
      verified: false,
      code: 'statement-missing',
      message: expect.stringMatching(
        /has no applicable trust policy statement\. .*; the registry scope looked for is "reg\.io\/app"$/,
      ),
      signatures: [],
    })
    expect(Object.keys(verdict.policy)).toEqual(['bundleDigest'])
  })

  test('is verified at level skip, without a look at the signatures', async () => {
    expect(await verify([untrusted], { signatureVerification: { level: 'skip' } })).toMatchObject({
      verified: true,
      policy: { statement: 'production', level: 'skip' },
      signatures: [],
    })
  })

  test('names the subject that is no trusted identity', async () => {
    const verdict = await verify([good], { trustedIdentities: ['x509.subject:C=DE,ST=BY,O=B'] })
    expect(verdict.signatures[0]?.checks[1]).toMatchObject({
      code: 'identity-mismatch',
      message: expect.stringContaining(
        `; the subject looked for is ${quoteGo(verdict.signatures[0]?.signer?.subject ?? '')}`,
      ),
    })
  })

  test('goes on after a failure that is only logged', async () => {
    const { verified, policy, signatures } = await verify([untrusted], {
      signatureVerification: { level: 'audit' },
    })
    expect({ verified, level: policy.level }).toEqual({ verified: true, level: 'audit' })
    expect(signatures[0]?.checks.map(({ action, result }) => `${action} ${result}`)).toEqual([
      'enforce passed',
      'log failed',
      'log passed',
      'log passed',
      'log passed',
    ])
  })

  test('throws where an enforced check cannot be performed and nothing else is verified', async () => {
    await expect(verify([untrusted, unchecked])).rejects.toMatchObject({
      code: 'check-unsupported',
      message: expect.stringMatching(/^Cannot check revocation of certificate "/),
    })
  })

  test.each([
    ['log', { result: 'notChecked', code: 'check-unsupported' }],
    ['skip', { result: 'skipped' }],
  ])('is verified where that check is %s', async (revocation, check) => {
    const signatureVerification = { level: 'strict', override: { revocation } }
    const { verified, policy, signatures } = await verify([unchecked], { signatureVerification })
    expect({ verified, level: policy.level }).toEqual({ verified: true, level: 'custom' })
    expect(signatures[0]?.checks.at(-1)).toMatchObject({ action: revocation, ...check })
  })

  test('does not say that it could not check what is rejected anyhow', async () => {
    const others = { userMetadata: { build: '42' } }
    expect(await verify([unchecked], {}, others)).toMatchObject({
      verified: false,
      signatures: [{ checks: [{ code: 'metadata-mismatch' }, {}, {}, {}, {}] }],
    })
  })

  test('refuses a signature for another artifact before it looks at anything else', async () => {
    const descriptor = { ...DESCRIPTOR, size: 529 }
    const { signatures } = await verify([unchecked], {}, { descriptor })
    expect(signatures[0]).toEqual({
      mediaType: 'application/jose+json',
      verified: false,
      checks: [
        {
          type: 'integrity',
          action: 'enforce',
          result: 'failed',
          code: 'artifact-mismatch',
          message: `content descriptor mismatch: the signature is for ${DESCRIPTOR.digest}`,
        },
        ...ALL_PASSED.slice(1).map((check) => ({ ...check, result: 'notChecked' })),
      ],
    })
  })

  test.each<[Readonly<Record<string, string>>, boolean]>([
    [{ build: '42' }, true],
    [{ build: '42', team: 'a' }, true],
    [{}, true],
    [{ build: '43' }, false],
    [{ Build: '42' }, false],
    [{ constructor: '42' }, false],
  ])('wants the metadata %j among what was signed', async (userMetadata, verified) => {
    const signature = await sign(trusted, { userMetadata: { build: '42', team: 'a' } })
    const verdict = await verify([signature], {}, { userMetadata })
    expect(verdict.verified).toBe(verified)
    if (verified) return
    expect(verdict.signatures[0]?.checks[0]).toMatchObject({
      code: 'metadata-mismatch',
      message: 'unable to find specified metadata in the signature',
    })
  })

  test('refuses a reference that names another digest than the descriptor', async () => {
    const reference = `reg.io/app@sha256:${'0'.repeat(64)}`
    await expect(verify([good], {}, { reference })).rejects.toMatchObject({
      code: 'reference-invalid',
      message: `Cannot verify artifact "${reference}": its descriptor has digest ${DESCRIPTOR.digest}`,
    })
  })

  test('refuses a reference without digest', async () => {
    await expect(verify([good], {}, { reference: 'reg.io/app:v1' })).rejects.toMatchObject({
      code: 'reference-invalid',
      message: expect.stringContaining('artifact URI "reg.io/app:v1" could not be parsed'),
    })
  })

  test('decides anew each time: a signature expires between two looks', async () => {
    const signature = await sign(trusted, { expirySeconds: 60 })
    const bundle = await bundleOf()
    const verdictAt = (now: Date) =>
      verifyArtifact(
        { reference: REFERENCE, descriptor: DESCRIPTOR, signatures: [signature] },
        { bundle, now, crypto: nodeCrypto },
      )
    expect((await verdictAt(new Date(AT.getTime() + 59_999))).verified).toBe(true)
    expect((await verdictAt(new Date(AT.getTime() + 60_000))).verified).toBe(false)
  })

  test.each(['application/pkcs7-signature', 'APPLICATION/COSE', '', 'constructor'])(
    'takes the media type %j for a failed integrity check',
    async (mediaType) => {
      const { signatures } = await verify([{ ...good, mediaType }])
      expect(signatures[0]?.checks[0]).toMatchObject({
        result: 'failed',
        code: 'envelope-malformed',
        message: `signature envelope format with media type "${mediaType}" is not supported`,
      })
    },
  )

  test('takes an envelope over the limit for a failed integrity check', async () => {
    const envelope = new Uint8Array(MAX_ENVELOPE_BYTES + 1)
    const { signatures } = await verify([{ mediaType: 'application/cose', envelope }])
    expect(signatures[0]?.checks[0]).toMatchObject({ code: 'envelope-malformed' })
  })

  test('rejects any bytes, and any change of a byte in a signature', async () => {
    const bundle = await bundleOf()
    const verdictOn = (signature: SignatureInput) =>
      verifyArtifact(
        { reference: REFERENCE, descriptor: DESCRIPTOR, signatures: [signature] },
        { bundle, now: AT, crypto: nodeCrypto },
      )
    const mediaType = fc.constantFrom(...MEDIA_TYPES)
    await fc.assert(
      fc.asyncProperty(mediaType, fc.uint8Array(), async (type, envelope) => {
        const verdict = await verdictOn({ mediaType: type, envelope })
        expect(verdict.signatures[0]?.checks[0]?.result).toBe('failed')
      }),
    )
    const envelopes = [good, await sign(trusted, { mediaType: 'application/cose' })]
    const place = fc.nat({ max: 10_000 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...envelopes),
        place,
        fc.integer({ min: 1, max: 255 }),
        async ({ mediaType: type, envelope: whole }, offset, change) => {
          const envelope = Uint8Array.from(whole)
          const at = offset % envelope.length
          envelope[at] = (envelope[at] ?? 0) ^ change
          const verdict = await verdictOn({ mediaType: type, envelope })
          // The signing agent, and the names of unsigned members, are not signed.
          if (verdict.verified) expect(isUnsigned(whole, at)).toBe(true)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('passes on what is no verdict, such as crypto that breaks', async () => {
    const bundle = await bundleOf()
    const broken = {
      ...nodeCrypto,
      verify: () => {
        throw new TypeError('no such operation')
      },
    }
    const verdict = verifyArtifact(
      { reference: REFERENCE, descriptor: DESCRIPTOR, signatures: [good] },
      { bundle, now: AT, crypto: broken },
    )
    await expect(verdict).rejects.toSatisfy((error) => !isNotationError(error))
  })
})

/** Whether a byte lies in the signing agent or the name that it stands under. */
function isUnsigned(envelope: Uint8Array, at: number): boolean {
  const text = new TextDecoder('latin1').decode(envelope)
  const start = text.indexOf('io.cncf.notary.signingAgent') - 1
  const end = text.indexOf(SIGNING_AGENT) + SIGNING_AGENT.length
  return start >= 0 && at >= start && at <= end
}
