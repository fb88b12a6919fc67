// A reader of BER (ITU-T X.690 §8) as PKCS#12 files come: Java's libraries write indefinite lengths and octet
// strings in pieces, which RFC 7292 allows and the strict DER reader of shared/ refuses. Only for files that
// the user names.

import { concatBytes } from '../../bytes.ts'
import { NotationError } from '../../errors.ts'
import { MAX_DER_DEPTH } from '../../limits.ts'

/** One value. */
export interface BerValue {
  /** Identifier octet, without the constructed bit. */
  readonly tag: number
  readonly isConstructed: boolean
  /** The whole value, as the file has it. */
  readonly raw: Uint8Array
  /** Content of a primitive value; empty for a constructed one. */
  readonly content: Uint8Array
  /** Values inside a constructed value; empty for a primitive one. */
  readonly children: readonly BerValue[]
}

/** Identifier octets without the constructed bit. */
export const BER_TAG = {
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  sequence: 0x10,
  set: 0x11,
  context0: 0x80,
} as const

const CONSTRUCTED_BIT = 0x20
const HIGH_TAG_NUMBER = 0x1f
const INDEFINITE = 0x80
/** A length of four bytes counts 4 GiB: no file here has more. */
const MAX_LENGTH_BYTES = 4

/**
 * Reads the first value of some bytes; what follows it is not looked at.
 *
 * @throws {NotationError} `credential-invalid`; its message says "cut off" when the bytes end too early
 */
export function parseBer(bytes: Uint8Array): BerValue {
  return readValue(bytes, 0, 0).value
}

/**
 * The octets of an OCTET STRING, or of a value tagged in its place, in one piece or in several.
 *
 * @throws {NotationError} `credential-invalid` unless every piece is primitive in the end
 */
export function octetsOf(value: BerValue): Uint8Array {
  return value.isConstructed ? concatBytes(...value.children.map(octetsOf)) : value.content
}

/** Dotted form of an OBJECT IDENTIFIER. */
export function objectIdentifierOf(value: BerValue): string {
  const arcs: number[] = []
  let arc = 0
  for (const octet of value.content) {
    arc = arc * 128 + (octet & 0x7f)
    if (octet & 0x80) continue
    arcs.push(arc)
    arc = 0
  }
  const [first = 0, ...rest] = arcs
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - root * 40, ...rest].join('.')
}

/**
 * A non-negative INTEGER below 2^31.
 *
 * @throws {NotationError} `credential-invalid`
 */
export function integerOf(value: BerValue): number {
  const number = value.content.reduce((sum, octet) => sum * 256 + octet, 0)
  if (value.tag !== BER_TAG.integer || value.content.length === 0 || number >= 2 ** 31)
    throw malformed('a number is out of range')
  return number
}

/**
 * The child at a place, of a type.
 *
 * @throws {NotationError} `credential-invalid` when it is not there
 */
export function childOf(value: BerValue, index: number, tag: number): BerValue {
  const child = value.children[index]
  if (child === undefined || child.tag !== tag) throw malformed('a part of it is missing')
  return child
}

interface Read {
  readonly value: BerValue
  readonly end: number
}

function readValue(bytes: Uint8Array, start: number, depth: number): Read {
  if (depth > MAX_DER_DEPTH) throw malformed('its values are nested too deeply')
  const identifier = octetAt(bytes, start)
  if ((identifier & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER) throw malformed('a type is unknown')
  const isConstructed = (identifier & CONSTRUCTED_BIT) !== 0
  const tag = identifier & ~CONSTRUCTED_BIT
  const { length, contentStart } = readLength(bytes, start + 1)
  if (length === undefined) {
    if (!isConstructed) throw malformed('a length is missing')
    return readIndefinite(bytes, { start, tag, contentStart }, depth)
  }
  const end = contentStart + length
  if (end > bytes.length) throw cutOff()
  const raw = bytes.subarray(start, end)
  if (!isConstructed) {
    const content = bytes.subarray(contentStart, end)
    return { value: { tag, isConstructed, raw, content, children: [] }, end }
  }
  const children: BerValue[] = []
  for (let at = contentStart; at < end; ) {
    const child = readValue(bytes.subarray(0, end), at, depth + 1)
    children.push(child.value)
    at = child.end
  }
  return { value: { tag, isConstructed, raw, content: new Uint8Array(), children }, end }
}

/** Children up to the end-of-contents octets (X.690 §8.1.5). */
function readIndefinite(
  bytes: Uint8Array,
  {
    start,
    tag,
    contentStart,
  }: { readonly start: number; readonly tag: number; readonly contentStart: number },
  depth: number,
): Read {
  const children: BerValue[] = []
  let at = contentStart
  while (octetAt(bytes, at) !== 0 || octetAt(bytes, at + 1) !== 0) {
    const child = readValue(bytes, at, depth + 1)
    children.push(child.value)
    at = child.end
  }
  const end = at + 2
  const raw = bytes.subarray(start, end)
  return { value: { tag, isConstructed: true, raw, content: new Uint8Array(), children }, end }
}

function readLength(
  bytes: Uint8Array,
  start: number,
): { readonly length: number | undefined; readonly contentStart: number } {
  const first = octetAt(bytes, start)
  if (first === INDEFINITE) return { length: undefined, contentStart: start + 1 }
  if (first < INDEFINITE) return { length: first, contentStart: start + 1 }
  const count = first & 0x7f
  if (count > MAX_LENGTH_BYTES) throw malformed('a length is too large')
  let length = 0
  for (let i = 1; i <= count; i++) length = length * 256 + octetAt(bytes, start + i)
  return { length, contentStart: start + 1 + count }
}

function octetAt(bytes: Uint8Array, index: number): number {
  const octet = bytes[index]
  if (octet === undefined) throw cutOff()
  return octet
}

function cutOff(): NotationError {
  return malformed('it is cut off; copy the whole file again')
}

function malformed(found: string): NotationError {
  return new NotationError('credential-invalid', `Cannot read PKCS#12: ${found}`)
}
