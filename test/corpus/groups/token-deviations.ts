// Timestamp tokens with one deviation each.

import { concatBytes, encodeUtf8 } from '../../../shared/bytes.ts'
import { constructedTag } from '../../../shared/der.ts'
import {
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import { encodeExtension, encodeTime } from '../../support/certificate-encoding.ts'
import { type IssuedCertificate, issueCa, issueLeaf } from '../../support/certificates.ts'
import {
  accuracyOf,
  encodeSignerInfo,
  encodeSigningCertificate,
  encodeTstInfo,
  type TokenOptions,
} from '../../support/timestamps.ts'
import {
  type Declared,
  type DeclaredDifference,
  longChain,
  rejected,
  VALID,
  VERIFIED,
} from '../definition.ts'
import { STAMPED } from './timestamped.ts'

const CONTENT_TYPE = '1.2.840.113549.1.9.3'
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4'
const SIGNING_TIME = '1.2.840.113549.1.9.5'
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.47'
const SIGNING_CERTIFICATE_V1 = '1.2.840.113549.1.9.16.2.12'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const SHA_1 = '1.3.14.3.2.26'

const INVALID = rejected('authenticTimestamp', 'timestamp-invalid')

/** The authority whose tokens deviate. */
export const tsa = longChain({ purpose: 'timestamping' })

const [signer, , tsaRoot] = tsa.issued as readonly [
  IssuedCertificate,
  IssuedCertificate,
  IssuedCertificate,
]

/** A token that is to be made, and what is declared of it. */
export type TokenRow = readonly [
  title: string,
  token: Partial<TokenOptions>,
  declared: Declared,
  difference?: DeclaredDifference,
]

const attribute = (type: string, value: Uint8Array | null): Partial<TokenOptions> => ({
  attributes: { [type]: value },
})
const signingCertificate = (parts: Parameters<typeof encodeSigningCertificate>[1]) =>
  attribute(SIGNING_CERTIFICATE, encodeSigningCertificate(signer, parts))
const critical = encodeExtension('1.2.3', encodeNull(), true)

/** Tokens of the authority, good ones and ones that are not. */
export const TOKENS: readonly TokenRow[] = [
  ['an imprint of another signature', { signature: encodeUtf8('another') }, INVALID],
  ['an imprint by SHA-384', { imprintHash: 'SHA-384' }, VERIFIED],
  ['an imprint by SHA-512', { imprintHash: 'SHA-512' }, VERIFIED],
  [
    'an imprint by SHA-1',
    {
      imprint: encodeSequence(
        encodeSequence(encodeObjectIdentifier(SHA_1)),
        encodeOctetString(new Uint8Array(20)),
      ),
    },
    INVALID,
  ],
  ['signed-data of version 1', { signedDataVersion: 1 }, INVALID],
  ['a signer of version 3', { signerVersion: 3 }, INVALID],
  ['a TSTInfo of version 2', { tstVersion: 2 }, INVALID],
  ['content of another type', { contentType: '1.2.840.113549.1.7.1' }, INVALID],
  ['another outer type', { outerType: '1.2.840.113549.1.7.1' }, INVALID],
  [
    'another message digest',
    attribute(MESSAGE_DIGEST, encodeOctetString(new Uint8Array(32))),
    INVALID,
  ],
  ['no message digest', attribute(MESSAGE_DIGEST, null), INVALID],
  ['no content type', attribute(CONTENT_TYPE, null), INVALID],
  ['another content type', attribute(CONTENT_TYPE, encodeObjectIdentifier('1.2.3')), INVALID],
  ['no signed attributes', { signedAttributes: new Uint8Array() }, INVALID],
  ['no SigningCertificateV2', attribute(SIGNING_CERTIFICATE, null), INVALID],
  [
    'SigningCertificate of version 1 alone',
    {
      attributes: {
        [SIGNING_CERTIFICATE]: null,
        [SIGNING_CERTIFICATE_V1]: encodeSigningCertificate(signer, { digest: new Uint8Array(20) }),
      },
    },
    INVALID,
  ],
  [
    'the hash of another certificate',
    attribute(SIGNING_CERTIFICATE, encodeSigningCertificate(tsaRoot)),
    INVALID,
  ],
  ['a SHA-1 certificate hash', signingCertificate({ hashOid: SHA_1 }), INVALID],
  [
    'a signing certificate attribute that names none',
    attribute(SIGNING_CERTIFICATE, encodeSequence(encodeSequence())),
    INVALID,
  ],
  [
    'no issuer in the issuer and serial number',
    signingCertificate({
      issuerSerial: encodeSequence(encodeSequence(), encodeUnsignedInteger(1)),
    }),
    INVALID,
  ],
  ['a signing time within the validity', attribute(SIGNING_TIME, encodeTime(STAMPED)), VERIFIED],
  [
    'a signing time outside the validity',
    attribute(SIGNING_TIME, encodeTime(new Date('2019-01-01T00:00:00Z'))),
    INVALID,
  ],
  ['a digest by SHA-1', { digestOid: SHA_1 }, INVALID],
  ['no certificates', { certificates: [] }, INVALID],
  ['no root among the certificates', { certificates: tsa.certificates.slice(0, 2) }, VERIFIED],
  [
    'no intermediate among the certificates',
    { certificates: tsa.certificates.slice(0, 1) },
    INVALID,
  ],
  [
    'a foreign certificate too',
    { certificates: [...tsa.certificates, issueCa(VALID).der] },
    VERIFIED,
  ],
  [
    'a signer before the right one that does not verify',
    {
      signersBefore: [
        encodeSignerInfo({ signer: issueLeaf() }, encodeTstInfo({ signer }), TST_INFO),
      ],
    },
    VERIFIED,
  ],
  ['a time with a fraction', { time: '20220601120000.25Z' }, VERIFIED],
  ['a local time', { time: '20220601120000' }, INVALID],
  [
    'a time with an offset',
    { time: '20220601120000+0100' },
    INVALID,
    { reason: 'RFC 3161 §2.4.2: genTime ends in Z' },
  ],
  ['an accuracy in three parts', { accuracy: accuracyOf(1, 999, 999) }, VERIFIED],
  ['a nonce', { nonce: encodeUnsignedInteger(7) }, VERIFIED],
  [
    'a field that nobody knows',
    { extraFields: [encodeNull()] },
    INVALID,
    { reason: 'RFC 3161 §2.4.2: TSTInfo has no such field' },
  ],
  [
    'a critical extension',
    { extraFields: [encodeTagged(constructedTag(1), critical)] },
    INVALID,
    { reason: 'RFC 3161 §2.4.2: a critical extension that is not known' },
  ],
  [
    'an accuracy of 1000 milliseconds',
    { accuracy: accuracyOf(0, 1000) },
    INVALID,
    { reason: 'RFC 3161 §2.4.2: millis and micros are at most 999' },
  ],
  [
    'an attribute of two values',
    attribute('1.2.3', concatBytes(encodeNull(), encodeNull())),
    INVALID,
    { reason: 'RFC 5652 §5.3: an attribute that is read has one value' },
  ],
  ['33 certificates', { certificates: Array.from({ length: 33 }, () => signer.der) }, INVALID],
]
