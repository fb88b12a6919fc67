// X.501 names: read from DER, and printed as the reference implementation prints them, which is
// Go's pkix.Name.String(). Matching names against trusted identities is left to shared/policy.

import { decodeUtf8, encodeUtf8, toHex } from '../bytes.ts'
import { DER_TAG, type DerReader } from '../der.ts'
import { encodeTagged } from '../der-encode.ts'

/** One attribute of a name. */
export interface NameAttribute {
  /** Dotted. */
  readonly oid: string
  readonly value: string
  /** The value's DER, identifier and length included. */
  readonly raw: Uint8Array
}

/** A distinguished name as its certificate has it. */
export interface Name {
  /** DER of the whole RDNSequence; names are the same when these bytes are. */
  readonly raw: Uint8Array
  /** Relative distinguished names in DER order, nearly always of one attribute each. */
  readonly attributes: readonly (readonly NameAttribute[])[]
}

/** Attribute types that Go prints by name, in the order in which it prints them. */
const PRINTED_TYPES: readonly (readonly [oid: string, label: string])[] = [
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.3', 'CN'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.10', 'O'],
  ['2.5.4.17', 'POSTALCODE'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.6', 'C'],
]
/** Of these Go keeps the last value only, and leaves out an empty one. */
const SINGLE_VALUED: ReadonlySet<string> = new Set(['2.5.4.5', '2.5.4.3'])
const PRINTED_OIDS: ReadonlySet<string> = new Set(PRINTED_TYPES.map(([oid]) => oid))

const PRINTABLE_STRING = /^[A-Za-z0-9 '()+,\-./:=?]*$/
/** Go takes `*` and `&` in a PrintableString, because real certificates have them. */
const LENIENT_PRINTABLE_STRING = /^[A-Za-z0-9 '()+,\-./:=?*&]*$/
const IA5_STRING = /^[\0-\x7f]*$/
const NUMERIC_STRING = /^[0-9 ]*$/
/** Surrogates and noncharacters, which BMPString cannot hold. */
const NOT_BASIC_PLANE = /[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/

/** String types of attribute values, as Go's parser knows them. */
const STRING_TYPES: ReadonlyMap<number, (content: Uint8Array) => string | undefined> = new Map([
  [DER_TAG.utf8String, textOfUtf8],
  [DER_TAG.printableString, (content) => latin1Matching(content, LENIENT_PRINTABLE_STRING)],
  [DER_TAG.ia5String, (content) => latin1Matching(content, IA5_STRING)],
  [DER_TAG.numericString, (content) => latin1Matching(content, NUMERIC_STRING)],
  // T.61 is read as Latin-1, as most readers do.
  [DER_TAG.teletexString, latin1],
  [DER_TAG.bmpString, textOfBasicPlane],
])

/** Reads a Name (RFC 5280 §4.1.2.4). */
export function readName(der: DerReader): Name {
  const raw = der.peekRaw(DER_TAG.sequence)
  return { raw, attributes: der.each(DER_TAG.sequence, readRelativeName) }
}

/**
 * A name as `notation` prints it ("issued to"): fixed attribute order whatever the DER order, all
 * values of a type joined by `+`, types without a name as `1.2.3.4=#hex`.
 *
 * @see Go 1.26 crypto/x509/pkix, Name.String
 */
export function formatName(name: Name): string {
  const attributes = name.attributes.flat()
  const named = PRINTED_TYPES.map(([oid, label]) =>
    printedValues(attributes, oid)
      .map((value) => `${label}=${escapeValue(value)}`)
      .join('+'),
  )
  const others = attributes
    .filter((attribute) => !PRINTED_OIDS.has(attribute.oid))
    .map((attribute) => `${attribute.oid}=#${toHex(encodeAsGo(attribute.value))}`)
  return [...named.filter((part) => part !== ''), ...others.toReversed()].join(',')
}

function readRelativeName(der: DerReader): readonly NameAttribute[] {
  return der.each(DER_TAG.set, readAttribute)
}

function readAttribute(der: DerReader): NameAttribute {
  return der.inside(DER_TAG.sequence, readAttributeParts)
}

function readAttributeParts(der: DerReader): NameAttribute {
  const oid = der.readObjectIdentifier()
  const tag = der.peekTag()
  const raw = der.peekRaw(tag)
  const value = STRING_TYPES.get(tag)?.(der.readContent(tag))
  if (value === undefined) throw der.malformed('a name has a value that is not a valid string')
  return { oid, value, raw }
}

function printedValues(attributes: readonly NameAttribute[], oid: string): readonly string[] {
  const values = attributes.filter((attribute) => attribute.oid === oid).map(({ value }) => value)
  if (!SINGLE_VALUED.has(oid)) return values
  const last = values.at(-1)
  return last === undefined || last === '' ? [] : [last]
}

function escapeValue(value: string): string {
  return value.replace(/[,+"\\<>;]|^[ #]| $/g, '\\$&')
}

/** Go decodes the value and encodes it anew, as PrintableString where its characters allow. */
function encodeAsGo(value: string): Uint8Array {
  const tag = PRINTABLE_STRING.test(value) ? DER_TAG.printableString : DER_TAG.utf8String
  return encodeTagged(tag, encodeUtf8(value))
}

function latin1(content: Uint8Array): string {
  let text = ''
  for (const byte of content) text += String.fromCharCode(byte)
  return text
}

function latin1Matching(content: Uint8Array, allowed: RegExp): string | undefined {
  const text = latin1(content)
  return allowed.test(text) ? text : undefined
}

function textOfUtf8(content: Uint8Array): string | undefined {
  try {
    return decodeUtf8(content)
  } catch {
    return undefined
  }
}

function textOfBasicPlane(content: Uint8Array): string | undefined {
  if (content.length % 2 !== 0) return undefined
  let text = ''
  for (let i = 0; i < content.length; i += 2)
    text += String.fromCharCode(((content[i] ?? 0) << 8) | (content[i + 1] ?? 0))
  // Go drops one terminator.
  if (text.endsWith('\0')) text = text.slice(0, -1)
  return NOT_BASIC_PLANE.test(text) ? undefined : text
}
