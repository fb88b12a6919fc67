import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG, parseDer } from '../../../shared/der.ts'
import {
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { verifyTimestampToken } from '../../../shared/timestamp/verify-token.ts'
import { encodeName, encodeTime } from '../../support/certificate-encoding.ts'
import { AT, buildChain, flipBit, issueLeaf } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import {
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
const FAILED = 'failed to verify signed token: '

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

/** The values of a SET, the last one first. */
function reversed(set: Uint8Array): readonly Uint8Array[] {
  const source = { code: 'encoding-invalid', object: 'SET' } as const
  const values = parseDer(set, source, (der) =>
    der.each(DER_TAG.set, () => der.readRaw(DER_TAG.sequence)),
  )
  return values.toReversed()
}

describe('verify-token', () => {
  test('verifyTimestampToken() answers the time and the path to the root', async () => {
    const { earliest, latest, chain: path } = await verify(token())
    expect(path).toEqual(chain)
    expect([earliest, latest]).toEqual([AT, AT])
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

  test('verifyTimestampToken() refuses a certificate on an unknown curve that it does not need', async () => {
    const foreign = (key: 'secp256k1' | 'P-224') => [...certificates, issueLeaf({ key }).der]
    expect(await refusalOf(token({ certificates: foreign('secp256k1') }))).toBe(
      'Cannot read timestamp token: Cannot read certificate: its key is on an unknown curve, 1.3.132.0.10',
    )
    expect((await verify(token({ certificates: foreign('P-224') }))).chain).toEqual(chain)
  })

  test('verifyTimestampToken() takes attributes in any order that were signed in that of DER', async () => {
    let attributes: Uint8Array = new Uint8Array()
    token({
      alterAttributes(set) {
        attributes = set
        return set
      },
    })
    const signedAttributes = encodeTagged(constructedTag(0), ...reversed(attributes))
    expect((await verify(token({ signedAttributes }))).chain).toEqual(chain)
  })

  test('verifyTimestampToken() refuses attributes that were signed in another order than that of DER', async () => {
    const alterAttributes = (set: Uint8Array) => encodeTagged(DER_TAG.set, ...reversed(set))
    expect(await refusalOf(token({ alterAttributes }))).toBe(
      `${FAILED}cms verification failure: x509: ECDSA verification failure`,
    )
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

  test('verifyTimestampToken() finds the signer by the issuer and serial number it signed', async () => {
    const serial = Number(`0x${Buffer.from(signer.certificate.serialNumber).toString('hex')}`)
    const attribute = encodeSigningCertificate(signer, { issuerSerial: issuerSerial(serial) })
    const attributes = { [SIGNING_CERTIFICATE]: attribute }
    expect((await verify(token({ attributes }))).chain).toEqual(chain)
  })

  test('verifyTimestampToken() passes unsigned attributes, and policies beside the signing certificate', async () => {
    const [ids] = [encodeSigningCertificate(signer).subarray(2)]
    const attributes = { [SIGNING_CERTIFICATE]: encodeSequence(ids, encodeSequence()) }
    const unsignedAttributes = encodeTagged(constructedTag(1), encodeSequence())
    expect((await verify(token({ attributes, unsignedAttributes }))).chain).toEqual(chain)
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
