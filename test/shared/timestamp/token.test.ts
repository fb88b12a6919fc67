import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG } from '../../../shared/der.ts'
import {
  encodeNull,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { verifyTimestampToken } from '../../../shared/timestamp/verify-token.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { AT, buildChain } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { accuracyOf, buildToken, SIGNATURE, type TokenOptions } from '../../support/timestamps.ts'

const { issued, chain, certificates } = buildChain({ purpose: 'timestamping' })
const [signer, , root] = issued as [(typeof issued)[0], (typeof issued)[0], (typeof issued)[0]]

function token(options: Partial<TokenOptions> = {}): Uint8Array {
  return buildToken({ signer, certificates, ...options })
}

function verify(bytes: Uint8Array, roots = [root.certificate], at?: Date) {
  return verifyTimestampToken(bytes, SIGNATURE, roots, nodeCrypto, at)
}

async function refusalOf(
  bytes: Uint8Array,
  roots = [root.certificate],
  at?: Date,
): Promise<string> {
  const refusal = await verify(bytes, roots, at).then(
    () => new Error('Nothing was refused'),
    (error: unknown) => error,
  )
  if (isNotationError(refusal, 'timestamp-invalid')) return refusal.message
  throw refusal
}

describe('token', () => {
  test.each(
    [
      ['whole seconds', { accuracy: accuracyOf(2) }, -2000, 2000],
      ['milliseconds', { accuracy: accuracyOf(0, 250) }, -250, 250],
      ['microseconds, rounded outwards', { accuracy: accuracyOf(1, 1, 1) }, -1002, 1002],
      ['a fraction of genTime, rounded outwards', { time: '20300102030405.0001Z' }, 0, 1],
      ['both', { time: '20300102030405.0001Z', accuracy: accuracyOf(0, 0, 50) }, 0, 1],
      ['the baseline policy alone', { policy: '0.4.0.2023.1.1' }, -1000, 1000],
      [
        'the baseline policy with an accuracy',
        { policy: '0.4.0.2023.1.1', accuracy: accuracyOf(0, 5) },
        -5,
        5,
      ],
    ].map(
      ([name, options, before, after]) =>
        [name, options, before, after] as [string, Partial<TokenOptions>, number, number],
    ),
  )('verifyTimestampToken() bounds the time by %s', async (_, options, before, after) => {
    const { earliest, latest } = await verify(token(options))
    expect([earliest.getTime() - AT.getTime(), latest.getTime() - AT.getTime()]).toEqual([
      before,
      after,
    ])
  })

  test.each<[string, Partial<TokenOptions>, RegExp]>([
    [
      'a signer of version 3',
      { signerVersion: 3 },
      /^Cannot read timestamp token: invalid signer info version: only version 1 is supported; got 3 \(/,
    ],
    [
      'another outer type',
      { outerType: '1.2.840.113549.1.7.1' },
      /^Cannot read timestamp token: its content type is not signed-data \(/,
    ],
    [
      'no signed attributes',
      { signedAttributes: new Uint8Array() },
      /^Cannot read timestamp token: missing signed attributes \(/,
    ],
    [
      'a TSTInfo of version 2',
      { tstVersion: 2 },
      /^Cannot read TSTInfo: timestamp token info version must be 1, but got 2 \(/,
    ],
    [
      'an accuracy of 1000 milliseconds',
      { accuracy: accuracyOf(0, 1000) },
      /^Cannot read TSTInfo: a part of the accuracy is above 999 \(/,
    ],
    [
      'a critical extension',
      {
        extraFields: [
          encodeTagged(constructedTag(1), encodeExtension('1.2.3', encodeNull(), true)),
        ],
      },
      /^Cannot read TSTInfo: extension 1\.2\.3 is critical and unknown \(/,
    ],
    [
      'a field that nobody knows',
      { extraFields: [encodeNull()] },
      /^Cannot read TSTInfo: bytes follow where it should end \(/,
    ],
    [
      'a local time',
      { time: '20300102030405' },
      /^Cannot read TSTInfo: a GeneralizedTime is not YYYYMMDDHHMMSS\[\.f\]Z \(/,
    ],
    [
      'an attribute of two values',
      { attributes: { '1.2.3': concatBytes(encodeNull(), encodeNull()) } },
      /^Cannot read timestamp token: signed attribute 1\.2\.3 does not have exactly one value \(/,
    ],
    [
      'a certificate that is none',
      { certificates: [encodeSequence()] },
      /^Cannot read timestamp token: Cannot read certificate: it ends where another value should stand \(/,
    ],
    [
      '33 certificates',
      { certificates: Array.from({ length: 33 }, () => signer.der) },
      /^Cannot read timestamp token: it holds 33 certificates, wanted at most 32 \(/,
    ],
  ])('verifyTimestampToken() refuses a token with %s', async (_, options, message) => {
    expect(await refusalOf(token(options))).toMatch(message)
  })

  test('verifyTimestampToken() passes what says nothing: an ordering, a name, an extension, CRLs', async () => {
    const extraFields = [
      Uint8Array.of(DER_TAG.boolean, 1, 0xff),
      encodeUnsignedInteger(5),
      encodeTagged(constructedTag(0), encodeNull()),
      encodeTagged(constructedTag(1), encodeExtension('1.2.3', encodeNull())),
    ]
    expect((await verify(token({ extraFields, crls: [encodeSequence()] }))).chain).toEqual(chain)
  })
})
