// The parts of a certificate in DER, for tests.

import { createHash, type KeyObject } from 'node:crypto'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { constructedTag, DER_TAG, primitiveTag } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeBoolean,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSet,
  encodeTagged,
  encodeUnsignedInteger,
  encodeUtf8String,
} from '../../shared/der-encode.ts'
import { KEY_USAGES, type KeyUsageName } from '../../shared/x509/extensions.ts'
import { type KeyName, type SignatureName, spkiOf } from './keys.ts'

/** One attribute of a name: type by label or dotted, text, and the string type's tag. */
export type NamePart = readonly [type: string, value: string, tag?: number]

/** What a certificate is to be. What is left out is as a code signing leaf has it; null leaves an extension out. */
export interface CertificateOptions {
  /** In DER order, one attribute each; an inner array makes one RDN of several. */
  readonly subject?: readonly (NamePart | readonly NamePart[])[]
  /** The name to be issued by, where it shall differ from the issuer's own. */
  readonly issuerName?: readonly (NamePart | readonly NamePart[])[]
  readonly key?: KeyName | KeyObject
  readonly serialNumber?: number | Uint8Array
  readonly notBefore?: Date
  readonly notAfter?: Date
  readonly version?: 1 | 2 | 3
  readonly basicConstraints?: {
    readonly ca: boolean
    readonly pathLength?: number
    readonly critical?: boolean
  } | null
  readonly keyUsage?: readonly KeyUsageName[] | null
  readonly keyUsageCritical?: boolean
  /** Dotted. */
  readonly extendedKeyUsage?: readonly string[] | null
  readonly extendedKeyUsageCritical?: boolean
  readonly ocspUrls?: readonly string[]
  readonly crlUrls?: readonly string[]
  /** Whole Extension values, put behind the others. */
  readonly extraExtensions?: readonly Uint8Array[]
  /** How the issuer signs; by default ECDSA with the hash of its curve, PKCS #1 with SHA-256, or Ed25519. */
  readonly signature?: SignatureName
  /** AlgorithmIdentifier outside the signed part, where it shall differ. */
  readonly outerAlgorithm?: Uint8Array
}

const ATTRIBUTE_TYPES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  SERIALNUMBER: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  STREET: '2.5.4.9',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  POSTALCODE: '2.5.4.17',
}

/** An Extension around its value's DER. */
export function encodeExtension(oid: string, value: Uint8Array, critical = false): Uint8Array {
  return encodeSequence(
    encodeObjectIdentifier(oid),
    ...(critical ? [encodeBoolean(true)] : []),
    encodeOctetString(value),
  )
}

/** DER of a name. */
export function encodeName(parts: readonly (NamePart | readonly NamePart[])[]): Uint8Array {
  return encodeSequence(
    ...parts.map((part) => encodeSet(...(isNamePart(part) ? [part] : part).map(encodeAttribute))),
  )
}

/** What a certificate holds besides its options. */
export interface TbsParts {
  readonly key: KeyObject
  readonly subject: Uint8Array
  readonly issuerName: Uint8Array
  readonly algorithm: Uint8Array
  /** Where the options name none. */
  readonly notBefore: Date
  readonly notAfter: Date
  readonly serialNumber: number
}

/** TBSCertificate. */
export function encodeTbs(options: CertificateOptions, parts: TbsParts): Uint8Array {
  const { version = 3, notBefore, notAfter } = options
  const spki = spkiOf(parts.key)
  const extensions = encodeExtensions(options, spki)
  return encodeSequence(
    ...(version === 1 ? [] : [encodeTagged(constructedTag(0), encodeUnsignedInteger(version - 1))]),
    encodeUnsignedInteger(options.serialNumber ?? parts.serialNumber),
    parts.algorithm,
    parts.issuerName,
    encodeSequence(
      encodeTime(notBefore ?? parts.notBefore),
      encodeTime(notAfter ?? parts.notAfter),
    ),
    parts.subject,
    spki,
    ...(version === 3 && extensions.length > 0
      ? [encodeTagged(constructedTag(3), encodeSequence(...extensions))]
      : []),
  )
}

function encodeExtensions(options: CertificateOptions, spki: Uint8Array): readonly Uint8Array[] {
  const { basicConstraints, keyUsage, extendedKeyUsage, ocspUrls = [], crlUrls = [] } = options
  const extensions = [
    encodeExtension('2.5.29.14', encodeOctetString(createHash('sha1').update(spki).digest())),
  ]
  if (basicConstraints) {
    const { ca, pathLength, critical = true } = basicConstraints
    const value = encodeSequence(
      ...(ca ? [encodeBoolean(true)] : []),
      ...(pathLength === undefined ? [] : [encodeUnsignedInteger(pathLength)]),
    )
    extensions.push(encodeExtension('2.5.29.19', value, critical))
  }
  if (keyUsage)
    extensions.push(
      encodeExtension('2.5.29.15', encodeKeyUsage(keyUsage), options.keyUsageCritical ?? true),
    )
  if (extendedKeyUsage) {
    const value = encodeSequence(...extendedKeyUsage.map(encodeObjectIdentifier))
    extensions.push(encodeExtension('2.5.29.37', value, options.extendedKeyUsageCritical ?? false))
  }
  if (ocspUrls.length > 0)
    extensions.push(
      encodeExtension('1.3.6.1.5.5.7.1.1', encodeSequence(...ocspUrls.map(encodeOcsp))),
    )
  if (crlUrls.length > 0)
    extensions.push(encodeExtension('2.5.29.31', encodeSequence(...crlUrls.map(encodeCrlPoint))))
  return [...extensions, ...(options.extraExtensions ?? [])]
}

function encodeKeyUsage(usages: readonly KeyUsageName[]): Uint8Array {
  const bits = usages.reduce((sum, usage) => sum | (0x8000 >> KEY_USAGES.indexOf(usage)), 0)
  if (bits === 0) return encodeBitString(Uint8Array.of())
  const lastBit = 15 - Math.max(...usages.map((usage) => KEY_USAGES.indexOf(usage)))
  const bytes = lastBit < 8 ? Uint8Array.of(bits >> 8, bits & 255) : Uint8Array.of(bits >> 8)
  return encodeBitString(bytes, lastBit % 8)
}

function encodeOcsp(url: string): Uint8Array {
  return encodeSequence(
    encodeObjectIdentifier('1.3.6.1.5.5.7.48.1'),
    encodeTagged(primitiveTag(6), encodeUtf8(url)),
  )
}

function encodeCrlPoint(url: string): Uint8Array {
  const name = encodeTagged(primitiveTag(6), encodeUtf8(url))
  return encodeSequence(encodeTagged(constructedTag(0), encodeTagged(constructedTag(0), name)))
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function encodeTime(at: Date): Uint8Array {
  const digits = `${at
    .toISOString()
    .replace(/\.\d*Z$/, '')
    .replace(/\D/g, '')}Z`
  return at.getUTCFullYear() < 2050
    ? encodeTagged(DER_TAG.utcTime, encodeUtf8(digits.slice(2)))
    : encodeTagged(DER_TAG.generalizedTime, encodeUtf8(digits))
}

function encodeAttribute([type, value, tag]: NamePart): Uint8Array {
  const text =
    tag === undefined ? encodeUtf8String(value) : encodeTagged(tag, encodeText(value, tag))
  return encodeSequence(encodeObjectIdentifier(ATTRIBUTE_TYPES[type] ?? type), text)
}

function encodeText(value: string, tag: number): Uint8Array {
  if (tag === DER_TAG.bmpString) return new Uint8Array(Buffer.from(value, 'utf16le').swap16())
  return tag === DER_TAG.utf8String
    ? encodeUtf8(value)
    : new Uint8Array(Buffer.from(value, 'latin1'))
}

function isNamePart(part: NamePart | readonly NamePart[]): part is NamePart {
  return typeof part[0] === 'string'
}
