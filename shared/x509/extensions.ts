// Certificate extensions that the Notary Project's rules, path building and revocation look at
// (RFC 5280 §4.2); all others are kept by object identifier, criticality and value.

import { constructedTag, DER_TAG, type DerReader, primitiveTag } from '../der.ts'
import { UNUSED_EXTENSION_READERS } from './unused-extensions.ts'

/** An extension as it stands in the certificate. */
export interface Extension {
  /** Dotted. */
  readonly oid: string
  readonly critical: boolean
  /** Content of the OCTET STRING. */
  readonly value: Uint8Array
}

/** Basic constraints (RFC 5280 §4.2.1.9). */
export interface BasicConstraints {
  readonly critical: boolean
  readonly ca: boolean
  /** Most intermediate certificates that may stand below; undefined means no bound. */
  readonly pathLength: number | undefined
}

/** Key usage bits, in the order of their numbers, named as RFC 5280 §4.2.1.3 does. */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

/** The name of a key usage bit. */
export type KeyUsageName = (typeof KEY_USAGES)[number]

/** Key usage (RFC 5280 §4.2.1.3). */
export interface KeyUsage {
  readonly critical: boolean
  readonly usages: readonly KeyUsageName[]
}

/** Extended key usage (RFC 5280 §4.2.1.12). */
export interface ExtendedKeyUsage {
  readonly critical: boolean
  /** Dotted object identifiers of the purposes. */
  readonly purposes: readonly string[]
}

/** Object identifiers of extended key usages that the rules name (RFC 5280 §4.2.1.12). */
export const PURPOSE = {
  any: '2.5.29.37.0',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  ocspSigning: '1.3.6.1.5.5.7.3.9',
} as const

/** The extensions that are read; an absent one is undefined, an absent list empty. */
export interface ReadExtensions {
  readonly basicConstraints: BasicConstraints | undefined
  readonly keyUsage: KeyUsage | undefined
  readonly extendedKeyUsage: ExtendedKeyUsage | undefined
  readonly subjectKeyId: Uint8Array | undefined
  readonly authorityKeyId: Uint8Array | undefined
  /** OCSP servers of the authority information access extension. */
  readonly ocspUrls: readonly string[]
  /** URIs of all CRL distribution points. */
  readonly crlUrls: readonly string[]
  /** True where a distribution point is named in a way other than by URI. */
  readonly hasOtherCrlSource: boolean
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
type ExtensionReader = (der: DerReader, critical: boolean, into: Writable<ReadExtensions>) => void

const OCSP_METHOD_OID = '1.3.6.1.5.5.7.48.1'
const URI = primitiveTag(6)

const READERS: ReadonlyMap<string, ExtensionReader> = new Map<string, ExtensionReader>([
  ['2.5.29.14', readSubjectKeyId],
  ['2.5.29.15', readKeyUsage],
  ['2.5.29.19', readBasicConstraints],
  ['2.5.29.31', readCrlDistributionPoints],
  ['2.5.29.35', readAuthorityKeyId],
  ['2.5.29.37', readExtendedKeyUsage],
  ['1.3.6.1.5.5.7.1.1', readAuthorityInformationAccess],
])

/** What stands in a certificate without extensions. */
export const NO_EXTENSIONS: ReadExtensions = {
  basicConstraints: undefined,
  keyUsage: undefined,
  extendedKeyUsage: undefined,
  subjectKeyId: undefined,
  authorityKeyId: undefined,
  ocspUrls: [],
  crlUrls: [],
  hasOtherCrlSource: false,
}

/** Reads Extensions (RFC 5280 §4.1.2.9); one that stands twice is refused. */
export function readExtensions(der: DerReader): {
  readonly all: readonly Extension[]
  readonly read: ReadExtensions
} {
  const read: Writable<ReadExtensions> = { ...NO_EXTENSIONS }
  const all = der.each(DER_TAG.sequence, () =>
    der.inside(DER_TAG.sequence, () => readExtension(der, read)),
  )
  if (new Set(all.map(({ oid }) => oid)).size < all.length)
    throw der.malformed('an extension stands twice')
  return { all, read }
}

function readExtension(der: DerReader, into: Writable<ReadExtensions>): Extension {
  const oid = der.readObjectIdentifier()
  const critical = der.isNext(DER_TAG.boolean) && der.readBoolean()
  const reader = READERS.get(oid) ?? UNUSED_EXTENSION_READERS.get(oid)
  if (reader === undefined) return { oid, critical, value: der.readOctetString() }
  return der.inside(DER_TAG.octetString, () => {
    const value = der.peekRaw(der.peekTag())
    reader(der, critical, into)
    return { oid, critical, value }
  })
}

function readBasicConstraints(
  der: DerReader,
  critical: boolean,
  into: Writable<ReadExtensions>,
): void {
  into.basicConstraints = der.inside(DER_TAG.sequence, () => {
    const ca = der.isNext(DER_TAG.boolean) && der.readBoolean()
    const pathLength = der.isAtEnd ? undefined : der.readSmallInteger()
    return { critical, ca, pathLength }
  })
}

function readKeyUsage(der: DerReader, critical: boolean, into: Writable<ReadExtensions>): void {
  const bits = der.readBitString()
  const usages = KEY_USAGES.filter(
    (_, number) => ((bits[number >> 3] ?? 0) & (0x80 >> (number & 7))) !== 0,
  )
  into.keyUsage = { critical, usages }
}

function readExtendedKeyUsage(
  der: DerReader,
  critical: boolean,
  into: Writable<ReadExtensions>,
): void {
  const purposes = der.each(DER_TAG.sequence, () => der.readObjectIdentifier())
  into.extendedKeyUsage = { critical, purposes }
}

function readSubjectKeyId(der: DerReader, critical: boolean, into: Writable<ReadExtensions>): void {
  // RFC 5280 §4.2.1.2 forbids it, and Go refuses such certificates.
  if (critical) throw der.malformed('the subject key identifier is marked critical')
  into.subjectKeyId = der.readOctetString()
}

/** Of AuthorityKeyIdentifier only the key identifier is kept (RFC 5280 §4.2.1.1). */
function readAuthorityKeyId(
  der: DerReader,
  critical: boolean,
  into: Writable<ReadExtensions>,
): void {
  if (critical) throw der.malformed('the authority key identifier is marked critical')
  into.authorityKeyId = der.inside(DER_TAG.sequence, () => {
    const keyId = der.isNext(primitiveTag(0)) ? der.readContent(primitiveTag(0)) : undefined
    while (!der.isAtEnd) der.readRaw(der.peekTag())
    return keyId
  })
}

function readAuthorityInformationAccess(
  der: DerReader,
  critical: boolean,
  into: Writable<ReadExtensions>,
): void {
  // RFC 5280 §4.2.2.1 forbids it, and Go refuses such certificates.
  if (critical) throw der.malformed('the authority information access is marked critical')
  into.ocspUrls = der
    .each(DER_TAG.sequence, () => der.inside(DER_TAG.sequence, () => readOcspUrl(der)))
    .filter((url) => url !== undefined)
}

function readOcspUrl(der: DerReader): string | undefined {
  const method = der.readObjectIdentifier()
  const isUrl = der.isNext(URI)
  const location = der.readContent(der.peekTag())
  return isUrl && method === OCSP_METHOD_OID ? ia5Text(der, location) : undefined
}

/**
 * The URIs of each DistributionPoint, `{ [0] { [0] fullName }, [1] reasons, [2] cRLIssuer }`.
 *
 * @see RFC 5280 §4.2.1.13; a CRL's freshest CRL extension has the same form (§5.2.6)
 */
export function readDistributionPoints(der: DerReader): readonly (readonly string[])[] {
  return der.each(DER_TAG.sequence, () =>
    der.inside(DER_TAG.sequence, () => readDistributionPoint(der)),
  )
}

function readCrlDistributionPoints(
  der: DerReader,
  _critical: boolean,
  into: Writable<ReadExtensions>,
): void {
  const points = readDistributionPoints(der)
  into.crlUrls = points.flat()
  into.hasOtherCrlSource = points.some((urls) => urls.length === 0)
}

function readDistributionPoint(der: DerReader): readonly string[] {
  // Of DistributionPointName only fullName: Go refuses nameRelativeToCRLIssuer as well.
  const urls = der.insideOptional(constructedTag(0), () =>
    der.each(constructedTag(0), () => readUrl(der)),
  )
  while (!der.isAtEnd) der.readRaw(der.peekTag())
  return (urls ?? []).filter((url) => url !== undefined)
}

function readUrl(der: DerReader): string | undefined {
  const isUrl = der.isNext(URI)
  const content = der.readContent(der.peekTag())
  return isUrl ? ia5Text(der, content) : undefined
}

function ia5Text(der: DerReader, content: Uint8Array): string {
  let text = ''
  for (const byte of content) {
    if (byte >= 0x80) throw der.malformed('a URL is not ASCII')
    text += String.fromCharCode(byte)
  }
  return text
}
