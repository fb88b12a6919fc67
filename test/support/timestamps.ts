// RFC 3161 tokens and responses for tests, each with whatever deviation the test names.

import { createHash } from 'node:crypto'
import type { HashName } from '../../shared/algorithm.ts'
import { concatBytes, encodeUtf8 } from '../../shared/bytes.ts'
import { constructedTag, DER_TAG, primitiveTag } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSet,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../shared/der-encode.ts'
import { HASH_OIDS } from '../../shared/x509/signature-algorithm.ts'
import { AT, type IssuedCertificate } from './certificates.ts'
import { signatureOf } from './keys.ts'

/** What a token is to be. */
export interface TokenOptions {
  readonly signer: IssuedCertificate
  /** DER certificates in the token; the signer's alone unless given. */
  readonly certificates?: readonly Uint8Array[]
  /** What is imprinted. */
  readonly signature?: Uint8Array
  readonly imprintHash?: HashName
  /** DER MessageImprint, in place of the right one. */
  readonly imprint?: Uint8Array
  /** Content of the GeneralizedTime. */
  readonly time?: string
  /** Content of the Accuracy sequence. */
  readonly accuracy?: readonly Uint8Array[]
  readonly policy?: string
  /** DER INTEGER. */
  readonly nonce?: Uint8Array
  /** Values behind the nonce. */
  readonly extraFields?: readonly Uint8Array[]
  readonly tstVersion?: number
  readonly contentType?: string
  readonly signedDataVersion?: number
  readonly signerVersion?: number
  /** DER of signed attributes, by dotted type: replaces the right one, or leaves it out where null. */
  readonly attributes?: Readonly<Record<string, Uint8Array | null>>
  readonly digestOid?: string
  /** DER in place of the signed attributes, or behind the signature. */
  readonly signedAttributes?: Uint8Array
  readonly unsignedAttributes?: Uint8Array
  /** Type of the outermost ContentInfo. */
  readonly outerType?: string
  /** DER SignerInfo values in front of the right one. */
  readonly signersBefore?: readonly Uint8Array[]
  /** Values between the certificates and the signers. */
  readonly crls?: readonly Uint8Array[]
  /** Change DER TSTInfo, or the DER SET of signed attributes, before it is signed. */
  readonly alterContent?: (content: Uint8Array) => Uint8Array
  readonly alterAttributes?: (attributes: Uint8Array) => Uint8Array
}

/** What the tokens of this file imprint unless told otherwise. */
export const SIGNATURE = encodeUtf8('an envelope signature')

const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

/** DER TimeStampToken. */
export function buildToken(options: TokenOptions): Uint8Array {
  const contentType = options.contentType ?? TST_INFO
  const { alterContent = (unaltered) => unaltered } = options
  const content = alterContent(encodeTstInfo(options))
  const certificates = options.certificates ?? [options.signer.der]
  const signedData = encodeSequence(
    encodeUnsignedInteger(options.signedDataVersion ?? 3),
    encodeSet(algorithmOf('SHA-256')),
    encodeSequence(
      encodeObjectIdentifier(contentType),
      encodeTagged(constructedTag(0), encodeOctetString(content)),
    ),
    encodeTagged(constructedTag(0), ...certificates),
    ...(options.crls === undefined ? [] : [encodeTagged(constructedTag(1), ...options.crls)]),
    // Not sorted, so that a test decides which signer comes first.
    encodeTagged(
      DER_TAG.set,
      ...(options.signersBefore ?? []),
      encodeSignerInfo(options, content, contentType),
    ),
  )
  return encodeSequence(
    encodeObjectIdentifier(options.outerType ?? '1.2.840.113549.1.7.2'),
    encodeTagged(constructedTag(0), signedData),
  )
}

/** DER TimeStampResp of this PKIStatus. */
export function buildResponse(
  token: Uint8Array | undefined,
  status = 0,
  failureBits?: readonly number[],
): Uint8Array {
  const failure = failureBits === undefined ? [] : [encodeFailure(failureBits)]
  const statusInfo = encodeSequence(encodeUnsignedInteger(status), ...failure)
  return encodeSequence(statusInfo, ...(token === undefined ? [] : [token]))
}

/** DER ESSCertIDv2 list, as SigningCertificateV2 holds it, for one certificate. */
export function encodeSigningCertificate(
  certificate: IssuedCertificate,
  parts: {
    readonly digest?: Uint8Array
    readonly hashOid?: string
    readonly issuerSerial?: Uint8Array
  } = {},
): Uint8Array {
  const digest = parts.digest ?? sha('SHA-256', certificate.der)
  return encodeSequence(
    encodeSequence(
      encodeSequence(
        ...(parts.hashOid === undefined
          ? []
          : [encodeSequence(encodeObjectIdentifier(parts.hashOid))]),
        encodeOctetString(digest),
        ...(parts.issuerSerial === undefined ? [] : [parts.issuerSerial]),
      ),
    ),
  )
}

/** DER MessageImprint. */
export function encodeImprint(hash: HashName, message: Uint8Array): Uint8Array {
  return encodeSequence(algorithmOf(hash), encodeOctetString(sha(hash, message)))
}

/** DER SignerInfo. */
export function encodeSignerInfo(
  options: TokenOptions,
  content: Uint8Array,
  contentType: string,
): Uint8Array {
  const { signer, alterAttributes = (unaltered) => unaltered } = options
  const defaults: Readonly<Record<string, Uint8Array>> = {
    [ATTRIBUTE.contentType]: encodeObjectIdentifier(contentType),
    [ATTRIBUTE.messageDigest]: encodeOctetString(sha('SHA-256', content)),
    [ATTRIBUTE.signingCertificateV2]: encodeSigningCertificate(signer),
  }
  const attributes = Object.entries({ ...defaults, ...options.attributes })
    .filter((entry): entry is [string, Uint8Array] => entry[1] !== null)
    .map(([type, value]) => encodeSequence(encodeObjectIdentifier(type), encodeSet(value)))
  const set = alterAttributes(encodeSet(...attributes))
  const algorithm = signatureOf(signer.key)
  return encodeSequence(
    encodeUnsignedInteger(options.signerVersion ?? 1),
    encodeSequence(
      signer.certificate.issuer.raw,
      encodeTagged(DER_TAG.integer, signer.certificate.serialNumber),
    ),
    encodeSequence(encodeObjectIdentifier(options.digestOid ?? HASH_OIDS['SHA-256'])),
    options.signedAttributes ?? concatBytes(Uint8Array.of(constructedTag(0)), set.subarray(1)),
    algorithm.identifier,
    encodeOctetString(algorithm.sign(set)),
    options.unsignedAttributes ?? new Uint8Array(),
  )
}

/** DER TSTInfo. */
export function encodeTstInfo(options: TokenOptions): Uint8Array {
  const time =
    options.time ??
    AT.toISOString()
      .replace(/\.\d*Z$/, 'Z')
      .replace(/[-:T]/g, '')
  return encodeSequence(
    encodeUnsignedInteger(options.tstVersion ?? 1),
    encodeObjectIdentifier(options.policy ?? '1.2.3.4.1'),
    options.imprint ??
      encodeImprint(options.imprintHash ?? 'SHA-256', options.signature ?? SIGNATURE),
    encodeUnsignedInteger(7),
    encodeTagged(DER_TAG.generalizedTime, encodeUtf8(time)),
    ...(options.accuracy === undefined ? [] : [encodeSequence(...options.accuracy)]),
    ...(options.nonce === undefined ? [] : [options.nonce]),
    ...(options.extraFields ?? []),
  )
}

/** Parts of an Accuracy: seconds, [0] millis, [1] micros. */
export function accuracyOf(
  seconds: number,
  millis?: number,
  micros?: number,
): readonly Uint8Array[] {
  const tagged = (tag: number, value: number | undefined) =>
    value === undefined
      ? []
      : [concatBytes(Uint8Array.of(primitiveTag(tag)), encodeUnsignedInteger(value).subarray(1))]
  return [encodeUnsignedInteger(seconds), ...tagged(0, millis), ...tagged(1, micros)]
}

function encodeFailure(bits: readonly number[]): Uint8Array {
  const last = Math.max(...bits)
  const bytes = new Uint8Array((last >> 3) + 1)
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return encodeBitString(bytes, 7 - (last & 7))
}

function algorithmOf(hash: HashName): Uint8Array {
  return encodeSequence(encodeObjectIdentifier(HASH_OIDS[hash]), encodeNull())
}

function sha(hash: HashName, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest())
}
