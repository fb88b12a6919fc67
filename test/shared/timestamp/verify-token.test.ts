import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, encodeUtf8 } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG } from '../../../shared/der.ts'
import {
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { verifyTimestampToken } from '../../../shared/timestamp/verify-token.ts'
import { PURPOSE } from '../../../shared/x509/extensions.ts'
import { encodeExtension, encodeName, encodeTime } from '../../support/certificate-encoding.ts'
import {
  AT,
  buildChain,
  type ChainOptions,
  flipBit,
  issueCa,
  issueLeaf,
} from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import {
  accuracyOf,
  buildToken,
  encodeSignerInfo,
  encodeSigningCertificate,
  encodeTstInfo,
  SIGNATURE,
  type TokenOptions,
} from '../../support/timestamps.ts'

const { issued, chain, certificates } = buildChain({ purpose: 'timestamping' })
const [signer, , root] = issued as [(typeof issued)[0], (typeof issued)[0], (typeof issued)[0]]
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_TIME = '1.2.840.113549.1.9.5'
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.47'
const NAME_CONSTRAINTS = encodeSequence(encodeTagged(constructedTag(0), encodeSequence()))
const FAILED = 'failed to verify signed token: '
const NO_PATH = `${FAILED}cms verification failure: x509: certificate signed by unknown authority`

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

/** What is said of a token under a timestamping chain with one deviation. */
function refusalUnder(options: ChainOptions): Promise<string> {
  const built = buildChain({ purpose: 'timestamping', ...options })
  const [tsa, top] = [built.issued[0], built.chain.at(-1)]
  if (tsa === undefined || top === undefined) throw new Error('The chain is empty')
  return refusalOf(buildToken({ signer: tsa, certificates: built.certificates }), [top])
}

describe('verify-token', () => {
  test('verifyTimestampToken() answers the time and the path to the root', async () => {
    const { earliest, latest, chain: path } = await verify(token())
    expect(path).toEqual(chain)
    expect([earliest, latest]).toEqual([AT, AT])
  })

  test('verifyTimestampToken() needs no root in the token, and ignores foreign certificates', async () => {
    const foreign = buildChain().certificates
    const { chain: path } = await verify(
      token({ certificates: [...foreign, ...certificates.slice(0, 2).toReversed()] }),
    )
    expect(path).toEqual(chain)
  })

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

  test('verifyTimestampToken() takes the first signer that verifies', async () => {
    const stranger = issueLeaf()
    const content = encodeTstInfo({ signer })
    const bad = encodeSignerInfo({ signer: stranger }, content, TST_INFO)
    expect((await verify(token({ signersBefore: [bad] }))).chain).toEqual(chain)
  })

  test('verifyTimestampToken() takes a signing time within the validity of the path', async () => {
    const attributes = { [SIGNING_TIME]: encodeTime(AT) }
    expect((await verify(token({ attributes }))).chain).toEqual(chain)
  })

  test.each<[string, Partial<TokenOptions>, string]>([
    [
      'an imprint of another signature',
      { signature: encodeUtf8('another') },
      'invalid TSTInfo: mismatched message',
    ],
    [
      'signed-data of version 1',
      { signedDataVersion: 1 },
      'Cannot read timestamp token: unsupported signed data version: got 1, want 3 (byte 26)',
    ],
    [
      'content of another type',
      { contentType: '1.2.840.113549.1.7.1' },
      'unexpected content type: 1.2.840.113549.1.7.1. Expected to be id-ct-TSTInfo (1.2.840.113549.1.9.16.1.4)',
    ],
    [
      'a message digest of something else',
      { attributes: { [MESSAGE_DIGEST]: encodeOctetString(new Uint8Array(32)) } },
      `${FAILED}cms verification failure: mismatch message digest`,
    ],
    [
      'no message digest',
      { attributes: { [MESSAGE_DIGEST]: null } },
      `${FAILED}cms verification failure: invalid message digest: attribute not found`,
    ],
    [
      'no content type',
      { attributes: { [CONTENT_TYPE]: null } },
      `${FAILED}cms verification failure: invalid content type: attribute not found`,
    ],
    [
      'another content type',
      { attributes: { [CONTENT_TYPE]: encodeObjectIdentifier('1.2.3') } },
      `${FAILED}cms verification failure: mismatch content type: found "1.2.3" in signer info, and "1.2.840.113549.1.9.16.1.4" in signed data`,
    ],
    [
      'no signing certificate',
      { attributes: { [SIGNING_CERTIFICATE]: null } },
      `${FAILED}failed to get SigningCertificateV2 from signed attributes: attribute not found`,
    ],
    [
      'the hash of another certificate',
      { attributes: { [SIGNING_CERTIFICATE]: encodeSigningCertificate(root) } },
      `${FAILED}signing certificate hash does not match CertHash in signed attribute`,
    ],
    [
      'a SHA-1 certificate hash',
      {
        attributes: {
          [SIGNING_CERTIFICATE]: encodeSigningCertificate(signer, { hashOid: '1.3.14.3.2.26' }),
        },
      },
      `${FAILED}unsupported certificate hash algorithm in SigningCertificateV2 attribute`,
    ],
    [
      'a signing certificate attribute that names none',
      { attributes: { [SIGNING_CERTIFICATE]: encodeSequence(encodeSequence()) } },
      'Cannot read SigningCertificateV2 attribute: it names no certificate (byte 4)',
    ],
    [
      'the issuer and serial number of another certificate',
      {
        attributes: {
          [SIGNING_CERTIFICATE]: encodeSigningCertificate(signer, {
            issuerSerial: issuerSerial(99),
          }),
        },
      },
      `${FAILED}signing certificate not found in the timestamp token`,
    ],
    [
      'no issuer in the issuer and serial number',
      {
        attributes: {
          [SIGNING_CERTIFICATE]: encodeSigningCertificate(signer, {
            issuerSerial: encodeSequence(encodeSequence(), encodeUnsignedInteger(1)),
          }),
        },
      },
      `Cannot read SigningCertificateV2 attribute: issuer name is missing in IssuerSerial (byte 44)`,
    ],
    [
      'a signing time outside the validity',
      { attributes: { [SIGNING_TIME]: encodeTime(new Date('2040-01-01T00:00:00Z')) } },
      `${FAILED}cms verification failure: signing time, 2040-01-01T00:00:00.000Z, is outside certificate's validity period`,
    ],
    [
      'a digest by SHA-1',
      { digestOid: '1.3.14.3.2.26' },
      `${FAILED}cms verification failure: unsupported digest algorithm`,
    ],
    [
      'an imprint by SHA-1',
      {
        imprint: encodeSequence(
          encodeSequence(encodeObjectIdentifier('1.3.14.3.2.26')),
          encodeOctetString(new Uint8Array(20)),
        ),
      },
      'invalid TSTInfo: unrecognized hash algorithm',
    ],
    [
      'no certificates',
      { certificates: [] },
      `${FAILED}signing certificate not found in the timestamp token`,
    ],
  ])('verifyTimestampToken() refuses a token with %s', async (_, options, message) => {
    expect(await refusalOf(token(options))).toBe(message)
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

  test('verifyTimestampToken() finds the signer by the issuer and serial number it signed', async () => {
    const serial = Number(`0x${Buffer.from(signer.certificate.serialNumber).toString('hex')}`)
    const attribute = encodeSigningCertificate(signer, { issuerSerial: issuerSerial(serial) })
    const attributes = { [SIGNING_CERTIFICATE]: attribute }
    expect((await verify(token({ attributes }))).chain).toEqual(chain)
  })

  test('verifyTimestampToken() refuses a path to another root of the same name', async () => {
    const other = buildChain({ purpose: 'timestamping' })
    const bytes = buildToken({
      signer: other.issued[0] as typeof signer,
      certificates: other.certificates,
    })
    expect(await refusalOf(bytes)).toBe(NO_PATH)
  })

  test('verifyTimestampToken() passes unsigned attributes, and policies beside the signing certificate', async () => {
    const [ids] = [encodeSigningCertificate(signer).subarray(2)]
    const attributes = { [SIGNING_CERTIFICATE]: encodeSequence(ids, encodeSequence()) }
    const unsignedAttributes = encodeTagged(constructedTag(1), encodeSequence())
    expect((await verify(token({ attributes, unsignedAttributes }))).chain).toEqual(chain)
  })

  test('verifyTimestampToken() refuses a path that is longer than a chain may be', async () => {
    expect(await refusalUnder({ length: 11 })).toBe(NO_PATH)
    const longest = buildChain({ purpose: 'timestamping', length: 10 })
    const bytes = buildToken({
      signer: longest.issued[0] as typeof signer,
      certificates: longest.certificates,
    })
    expect((await verify(bytes, longest.chain.slice(-1))).chain.length).toBe(10)
  })

  test('verifyTimestampToken() trusts nothing without roots', async () => {
    expect(await refusalOf(token(), [])).toBe(NO_PATH)
  })

  test('verifyTimestampToken() refuses a path that is not valid at the time given', async () => {
    const late = new Date(AT.getTime() + 400 * 24 * 60 * 60 * 1000)
    expect(await refusalOf(token(), [root.certificate], late)).toMatch(
      /unknown authority: certificate with subject "CN=Test Timestamp Signer,.*" is not valid at 2031-02-06T03:04:05\.000Z, only from /,
    )
  })

  test.each<[string, ChainOptions, RegExp]>([
    [
      'a leaf for code signing too',
      { leaf: { extendedKeyUsage: [PURPOSE.timeStamping, PURPOSE.codeSigning] } },
      /^timestamp signing certificate with subject ".*" must have and only have Timestamping as extended key usage$/,
    ],
    [
      'a leaf whose purpose is not critical',
      { leaf: { extendedKeyUsageCritical: false } },
      /^timestamp signing certificate with subject ".*" must have extended key usage extension marked as critical$/,
    ],
    [
      'a leaf that may not timestamp',
      { leaf: { extendedKeyUsage: [PURPOSE.codeSigning] } },
      /unknown authority: certificate with subject "CN=Test Timestamp Signer,.*" specifies an incompatible key usage$/,
    ],
    [
      'an intermediate for code signing alone',
      { intermediate: { extendedKeyUsage: [PURPOSE.codeSigning] } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" specifies an incompatible key usage$/,
    ],
    [
      'a root for code signing alone',
      { root: { extendedKeyUsage: [PURPOSE.codeSigning] } },
      /unknown authority: certificate with subject "CN=Test Root CA,.*" specifies an incompatible key usage$/,
    ],
    [
      'an intermediate that is no CA',
      { intermediate: { basicConstraints: { ca: false } } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" is no CA$/,
    ],
    [
      'an intermediate whose path is too short',
      { length: 4, intermediate: { basicConstraints: { ca: true, pathLength: 0 } } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 2,.*" allows for fewer certificates below$/,
    ],
    [
      'a root whose path is too short',
      { root: { basicConstraints: { ca: true, pathLength: 0 } } },
      /unknown authority: certificate with subject "CN=Test Root CA,.*" allows for fewer certificates below$/,
    ],
    [
      'an expired intermediate',
      { intermediate: { notAfter: new Date(AT.getTime() - 1000) } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" is not valid at 2030-01-02T03:04:05\.000Z, only from 2027-04-08T03:04:05\.000Z to 2030-01-02T03:04:04\.000Z$/,
    ],
    [
      'name constraints',
      { intermediate: { extraExtensions: [encodeExtension('2.5.29.30', NAME_CONSTRAINTS)] } },
      /unknown authority: certificate with subject "CN=Test Issuing CA 1,.*" has extension 2\.5\.29\.30, which this version cannot evaluate$/,
    ],
    [
      'policy constraints',
      { root: { extraExtensions: [encodeExtension('2.5.29.36', encodeSequence())] } },
      /has extension 2\.5\.29\.36, which this version cannot evaluate$/,
    ],
    [
      'an unknown critical extension in the leaf',
      { leaf: { extraExtensions: [encodeExtension('1.2.3', encodeNull(), true)] } },
      /has extension 1\.2\.3, which this version cannot evaluate$/,
    ],
    [
      'a leaf that may encipher',
      { leaf: { keyUsage: ['digitalSignature', 'keyEncipherment'] } },
      /The key usage must be "Digital Signature" only, but found "KeyEncipherment"$/,
    ],
    [
      'a P-224 leaf',
      { leaf: { key: 'P-224' } },
      /cms verification failure: x509: cannot verify signature: algorithm unimplemented$/,
    ],
    [
      'an RSA leaf of 1024 bits',
      { leaf: { key: 'rsa-1024' } },
      /cms verification failure: crypto\/rsa: 1024-bit keys are insecure, wanted at least 2048 bits$/,
    ],
  ])('verifyTimestampToken() refuses %s', async (_, options, message) => {
    expect(await refusalUnder(options)).toMatch(message)
  })

  test.each<[string, ChainOptions]>([
    ['an intermediate for any purpose', { intermediate: { extendedKeyUsage: [PURPOSE.any] } }],
    [
      'an intermediate for timestamping',
      { intermediate: { extendedKeyUsage: [PURPOSE.timeStamping] } },
    ],
    [
      'critical certificate policies',
      { intermediate: { extraExtensions: [encodeExtension('2.5.29.32', encodeSequence(), true)] } },
    ],
    ['an RSA signer', { leaf: { key: 'rsa-2048' }, root: { key: 'rsa-2048-ca' } }],
    ['a P-521 signer', { leaf: { key: 'P-521' } }],
  ])('verifyTimestampToken() passes %s', async (_, options) => {
    const built = buildChain({ purpose: 'timestamping', ...options })
    const bytes = buildToken({
      signer: built.issued[0] as typeof signer,
      certificates: built.certificates,
    })
    expect((await verify(bytes, built.chain.slice(-1))).chain).toEqual(built.chain)
  })

  test('verifyTimestampToken() takes another way where one issuer is no good', async () => {
    const expired = issueCa(
      {
        subject: [
          ['C', 'US'],
          ['O', 'Test CA'],
          ['CN', 'Test Issuing CA 1'],
        ],
        key: issued[1]?.key as typeof signer.key,
        notAfter: new Date(AT.getTime() - 1000),
      },
      root,
    )
    const bytes = token({ certificates: [signer.der, expired.der, ...certificates.slice(1)] })
    expect((await verify(bytes)).chain).toEqual(chain)
  })

  test('verifyTimestampToken() takes a self-signed signer that is itself the root', async () => {
    const {
      issued: [own],
    } = buildChain({ purpose: 'timestamping', length: 1 })
    const bytes = buildToken({ signer: own as typeof signer })
    const { chain: path } = await verify(bytes, [(own as typeof signer).certificate])
    expect(path).toEqual([own?.certificate])
  })

  test('verifyTimestampToken() refuses a root that is not self-signed', async () => {
    const bytes = token()
    expect(await refusalOf(bytes, [issued[1]?.certificate as typeof signer.certificate])).toMatch(
      /^root certificate with subject "CN=Test Issuing CA 1,.*" is invalid or not self-signed\./,
    )
  })

  test('verifyTimestampToken() refuses a broken signature', async () => {
    expect(await refusalOf(flipBit(token(), -1))).toBe(
      `${FAILED}cms verification failure: x509: ECDSA verification failure`,
    )
  })

  test('verifyTimestampToken() reads any change of a byte or throws timestamp-invalid', async () => {
    const bytes = token()
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), async (index, byte) => {
        const changed = Uint8Array.from(bytes)
        changed[index] = byte
        await verify(changed).catch((error: unknown) => {
          expect(isNotationError(error, 'timestamp-invalid')).toBe(true)
        })
      }),
      { numRuns: 500 },
    )
  })

  test('verifyTimestampToken() refuses a token without signers', async () => {
    const empty = encodeSequence(
      encodeObjectIdentifier('1.2.840.113549.1.7.2'),
      encodeTagged(
        constructedTag(0),
        encodeSequence(
          encodeUnsignedInteger(3),
          encodeTagged(DER_TAG.set),
          encodeSequence(
            encodeObjectIdentifier(TST_INFO),
            encodeTagged(constructedTag(0), encodeOctetString(encodeTstInfo({ signer }))),
          ),
          encodeTagged(DER_TAG.set),
        ),
      ),
    )
    expect(await refusalOf(empty)).toBe(`${FAILED}signerInfo not found`)
  })
})

function issuerSerial(serial: number): Uint8Array {
  const issuer = encodeName([
    ['C', 'US'],
    ['O', 'Test CA'],
    ['CN', 'Test Issuing CA 1'],
  ])
  const names = encodeSequence(encodeTagged(constructedTag(4), issuer))
  return encodeSequence(names, encodeUnsignedInteger(serial))
}
