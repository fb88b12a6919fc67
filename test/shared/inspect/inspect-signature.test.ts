import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inspectSignature } from '../../../shared/inspect/inspect-signature.ts'
import { encodeNotation2, encodeNotation13 } from '../../../shared/inspect/notation-json.ts'
import { buildChain } from '../../support/certificates.ts'
import { makeCose, makeJws, TARGET_ARTIFACT } from '../../support/envelopes.ts'
import { inspectedEnvelopes, stampedJws } from '../../support/inspected-envelopes.ts'
import { makeKey } from '../../support/keys.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { accuracyOf } from '../../support/timestamps.ts'

const JWS = 'application/jose+json'
const COSE = 'application/cose'
const TIMESTAMP = 'io.cncf.notary.timestampSignature'
const DIGEST = `sha256:${'d1'.repeat(32)}`
const chain = buildChain()

const inspectJws = (envelope: Uint8Array, mediaType = JWS) =>
  inspectSignature({ digest: DIGEST, mediaType, envelope }, nodeCrypto)

/** The only signature of the answer, in the default format. */
async function shown(envelope: Uint8Array, mediaType = JWS): Promise<Record<string, object>> {
  const answer = encodeNotation2([await inspectJws(envelope, mediaType)], undefined)
  const { signatures } = answer as { signatures: readonly Record<string, object>[] }
  return signatures[0] ?? {}
}

describe('encodeNotation2()', () => {
  test('shows a signature under the names of notation 2, and says that nothing is verified', async () => {
    const envelope = makeJws({ chain, header: { own: 1, alone: 'x' } })
    const answer = encodeNotation2([await inspectJws(envelope)], TARGET_ARTIFACT.mediaType)
    expect(answer).toEqual({
      mediaType: TARGET_ARTIFACT.mediaType,
      unverified: true,
      signatures: [
        {
          digest: DIGEST,
          signatureAlgorithm: 'ECDSA-SHA-256',
          signatureEnvelopeType: JWS,
          signedAttributes: {
            contentType: 'application/vnd.cncf.notary.payload.v1+json',
            signingScheme: 'notary.x509',
            signingTime: '2030-01-02T03:04:05Z',
            own: '1',
            alone: 'x',
          },
          userDefinedAttributes: null,
          unsignedAttributes: { signingAgent: 'test/1' },
          certificates: chain.chain.map(() => ({
            SHA256Fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
            issuedTo: expect.stringMatching(/^CN=/),
            issuedBy: expect.stringMatching(/^CN=Test/),
            notBefore: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
            expiry: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
          })),
          signedArtifact: TARGET_ARTIFACT,
        },
      ],
    })
  })

  test('shows fractions of times, which notation 1.3 drops', async () => {
    const header = { 'io.cncf.notary.signingTime': '2030-01-02T11:04:05.120+08:00' }
    const signature = await inspectJws(makeJws({ chain, header }))
    expect(encodeNotation2([signature], undefined)).toMatchObject({
      signatures: [{ signedAttributes: { signingTime: '2030-01-02T11:04:05.12+08:00' } }],
    })
    expect(encodeNotation13([signature], undefined)).toMatchObject({
      Signatures: [{ signedAttributes: { signingTime: '2030-01-02T11:04:05+08:00' } }],
    })
  })

  test('shows the interval of a timestamp, and that nobody vouches for it', async () => {
    const envelope = stampedJws(chain, {
      time: '20300102030405.5000004Z',
      accuracy: accuracyOf(1, 20, 3),
    })
    expect(await shown(envelope)).toMatchObject({
      unsignedAttributes: {
        timestampSignature: {
          timestamp: '[2030-01-02T03:04:04.4799974Z, 2030-01-02T03:04:06.5200034Z]',
          certificates: [
            { issuedTo: expect.stringMatching(/^CN=/) },
            { issuedTo: expect.stringMatching(/^CN=/) },
            { issuedTo: expect.stringMatching(/^CN=/) },
          ],
          unverified: true,
        },
      },
    })
  })

  test.each([
    ['no token at all', { [TIMESTAMP]: 'AAAA' }, /^failed to parse timestamp countersignature: /],
  ])('shows a timestamp that is %s with its error', async (_name, unprotected, message) => {
    const { unsignedAttributes } = await shown(makeJws({ chain, unprotected }))
    expect(unsignedAttributes).toMatchObject({
      timestampSignature: { error: expect.stringMatching(message), unverified: true },
    })
  })

  test('shows a timestamp over another signature with the error of notation', async () => {
    const envelope = stampedJws(chain, { signature: new Uint8Array(64) })
    const { unsignedAttributes } = await shown(envelope)
    expect(unsignedAttributes).toMatchObject({
      timestampSignature: {
        error: 'failed to parse timestamp countersignature: invalid TSTInfo: mismatched message',
      },
    })
  })

  test.each<[string, string, Uint8Array, string, RegExp | string]>([
    ['no envelope', JWS, new Uint8Array([1]), 'envelope-malformed', /^Cannot read envelope: /],
    ['no bytes', COSE, new Uint8Array(), 'envelope-malformed', 'signature envelope is not present'],
    [
      'an unknown media type',
      'application/pgp',
      makeJws(),
      'envelope-malformed',
      'signature envelope format with media type "application/pgp" is not supported',
    ],
    [
      'another payload',
      JWS,
      makeJws({ header: { cty: 'text/plain' } }),
      'envelope-malformed',
      'payload content type "text/plain" not supported',
    ],
    [
      'a certificate that is none',
      COSE,
      makeCose({ certificates: [new Uint8Array([1])] }),
      'certificate-malformed',
      /./,
    ],
    [
      'a chain that breaks the rules',
      JWS,
      makeJws({ certificates: buildChain().certificates.slice(0, 2) }),
      'chain-invalid',
      /^certificate-chain is invalid, /,
    ],
    [
      'a key that is of no key spec',
      COSE,
      makeCose({
        chain,
        certificates: buildChain({ leaf: { key: makeKey('P-224') } }).certificates,
      }),
      'chain-invalid',
      /./,
    ],
    [
      "an algorithm that is not the key's",
      JWS,
      makeJws({ chain, header: { alg: 'PS256' } }),
      'signature-mismatch',
      /./,
    ],
  ])(
    'lists a signature of %s with its error',
    async (_name, mediaType, envelope, code, message) => {
      const error = {
        code,
        message: typeof message === 'string' ? message : expect.stringMatching(message),
      }
      const entry = { digest: DIGEST, signatureEnvelopeType: mediaType, error }
      expect(await shown(envelope, mediaType)).toEqual(entry)
    },
  )

  test('does not verify: a changed signature is shown alike', async () => {
    const envelope = makeJws({ chain, sign: () => new Uint8Array(64) })
    expect(await shown(envelope)).toMatchObject({ signatureAlgorithm: 'ECDSA-SHA-256' })
  })
})

describe('encodeNotation13()', () => {
  test('tells of a certificate what that version does, no more', async () => {
    const [signature] = (
      encodeNotation13([await inspectJws(stampedJws(chain, {}))], undefined) as {
        Signatures: readonly {
          certificates: readonly object[]
          unsignedAttributes: { timestampSignature: { certificates: readonly object[] } }
        }[]
      }
    ).Signatures
    const stamp = signature?.unsignedAttributes.timestampSignature
    for (const certificate of [...(signature?.certificates ?? []), ...(stamp?.certificates ?? [])])
      expect(Object.keys(certificate)).toEqual([
        'SHA256Fingerprint',
        'issuedTo',
        'issuedBy',
        'expiry',
      ])
  })

  test('leaves out what cannot be read', async () => {
    const signatures = [await inspectJws(new Uint8Array()), await inspectJws(makeJws())]
    expect(encodeNotation13(signatures, 'a/b')).toMatchObject({
      mediaType: 'a/b',
      Signatures: [{ mediaType: JWS, digest: DIGEST }],
    })
  })
})

describe('inspectSignature()', () => {
  test('reads every odd envelope, without a digest where it has none', async () => {
    for (const { mediaType, envelope } of inspectedEnvelopes()) {
      const signature = await inspectSignature({ mediaType, envelope }, nodeCrypto)
      expect(signature).toHaveProperty('facts')
      expect(signature).not.toHaveProperty('digest')
    }
  })

  test('gives facts or a problem for any bytes', async () => {
    const changed = fc
      .tuple(fc.constantFrom(...inspectedEnvelopes()), fc.nat(), fc.integer({ min: 1, max: 255 }))
      .map(([{ mediaType, envelope }, at, mask]) => ({
        mediaType,
        envelope: envelope.map((byte, i) => (i === at % envelope.length ? byte ^ mask : byte)),
      }))
    const noise = fc.record({ mediaType: fc.constantFrom(JWS, COSE), envelope: fc.uint8Array() })
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, noise), async (signature) => {
        const inspected = await inspectSignature(signature, nodeCrypto)
        JSON.stringify(encodeNotation2([inspected], undefined))
      }),
      { numRuns: 200 },
    )
  })
})
