// CBOR (RFC 8949) as COSE uses it: a strict reader of our own, and a writer through cbor-x, whose only
// import this is. cbor-x as a reader lets pass what go-cose refuses: a name twice, indefinite lengths,
// text that is not UTF-8, a float as a key.
// Left out: indefinite lengths, keys other than integers and text, integers beyond 64 bits, simple values
// other than false, true and null; floats are read and never written.

import { Encoder, Tag } from 'cbor-x'
import { concatBytes, decodeUtf8 } from './bytes.ts'
import { isNotationError, NotationError } from './errors.ts'
import { MAX_CBOR_DEPTH } from './limits.ts'
import { parseRfc3339 } from './rfc3339.ts'

/** An integer is a number where that is exact, a bigint beyond ±(2^53 − 1). */
export type CborInteger = number | bigint
/** What maps are keyed by. */
export type CborKey = CborInteger | string
/** What can be written; every number is an integer. */
export type WritableCbor =
  | null
  | boolean
  | CborInteger
  | string
  | Uint8Array
  | readonly WritableCbor[]
  | ReadonlyMap<CborKey, WritableCbor>
  | { readonly tag: number; readonly value: WritableCbor }
/** What can be read: every number is an integer, a float stands in an object of its own. */
export type CborValue =
  | null
  | boolean
  | CborInteger
  | string
  | Uint8Array
  | readonly CborValue[]
  | CborMap
  | CborTag
  | CborFloat
/** Members in the order of the bytes. */
export type CborMap = ReadonlyMap<CborKey, CborValue>
/** A value with a meaning (§3.4), which is left to the caller. */
export interface CborTag {
  readonly tag: number
  readonly value: CborValue
}
/** A half, single or double, kept apart from integers: 1.0 is not 1. */
export interface CborFloat {
  readonly float: number
}

const MAJOR = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const
/** Additional information (§3): a larger argument follows in 1, 2, 4 or 8 bytes. */
const ONE_BYTE = 24
const EIGHT_BYTES = 27
const INDEFINITE = 31
/** The smallest argument that needs 1, 2, 4 or 8 bytes: a smaller one there is not minimal (§4.1). */
const LEAST_ARGUMENTS = [24n, 0x100n, 0x1_0000n, 0x1_0000_0000n] as const
/** Largest magnitude of an integer: go-cose reads into 64 bits with sign. */
const MAX_INT64 = 2n ** 63n - 1n
const SIMPLE_VALUES: ReadonlyMap<number, CborValue> = new Map([
  [20, false],
  [21, true],
  [22, null],
])
/** What the tags of times and large integers can be on (§3.4.1 to §3.4.3); the reference reads no others either. */
const TAG_CONTENTS: ReadonlyMap<number, (value: CborValue) => boolean> = new Map([
  [0, isRfc3339],
  [1, isNumber],
  [2, isBytes],
  [3, isBytes],
])
const HALF_FLOAT = 25
const SINGLE_FLOAT = 26
const DOUBLE_FLOAT = 27

/** Where the reader stands. */
interface Cursor {
  readonly bytes: Uint8Array
  offset: number
}

/**
 * Reads bytes that hold one CBOR value and nothing else.
 *
 * @param bytes - untrusted; byte strings in the result are views of them
 * @param maxDepth - of arrays, maps and tags in each other
 * @throws {NotationError} `encoding-invalid`
 */
export function parseCbor(bytes: Uint8Array, maxDepth = MAX_CBOR_DEPTH): CborValue {
  const cursor: Cursor = { bytes, offset: 0 }
  const value = readValue(cursor, maxDepth)
  if (cursor.offset < bytes.length) throw invalid(cursor, 'there is more behind the value')
  return value
}

/** Whether a value is an array. */
export function isCborArray(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value)
}

/** Whether a value carries a tag. */
export function isCborTag(value: CborValue | undefined): value is CborTag {
  return typeof value === 'object' && value !== null && 'tag' in value
}

/** Whether a value is a float. */
export function isCborFloat(value: CborValue | undefined): value is CborFloat {
  return typeof value === 'object' && value !== null && 'float' in value
}

/**
 * Writes a value with keys in bytewise order (§4.2.1), as the reference implementation does.
 *
 * @throws {NotationError} `encoding-invalid` for text that holds half a surrogate pair
 */
export function encodeCbor(value: WritableCbor): Uint8Array {
  // A copy: cbor-x returns a view of a buffer that it goes on writing to.
  return concatBytes(encoder.encode(toCborX(value)))
}

const encoder = new Encoder({ tagUint8Array: false, useRecords: false, mapsAsObjects: false })

/** The value in the types that cbor-x writes as meant. */
function toCborX(value: WritableCbor): unknown {
  if (typeof value === 'string') return wellFormed(value)
  if (typeof value === 'number' || typeof value === 'bigint') return toCborXInteger(value)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (value instanceof Map) return new Map(sortedMembers(value))
  if ('tag' in value) return new Tag(toCborX(value.value), value.tag)
  if (Array.isArray(value)) return value.map(toCborX)
  // What was read is not all that can be written, and cbor-x would make a map of it.
  throw new TypeError('Cannot write CBOR: found an object that is no value of it, as a float is')
}

/** cbor-x writes a number beyond 32 bits as a float, and any bigint in 8 bytes. */
function toCborXInteger(value: CborInteger): CborInteger {
  const isShort = value < 2 ** 32 && value >= -(2 ** 32)
  return isShort ? Number(value) : BigInt(value)
}

function sortedMembers(map: ReadonlyMap<CborKey, WritableCbor>): (readonly [unknown, unknown])[] {
  return [...map]
    .map(([key, value]) => ({ order: encodeCbor(key), key: toCborX(key), value: toCborX(value) }))
    .sort((a, b) => compareBytes(a.order, b.order))
    .map(({ key, value }) => [key, value])
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, i) => byte !== b[i])
  return index === -1 ? a.length - b.length : (a[index] ?? 0) - (b[index] ?? -1)
}

function wellFormed(text: string): string {
  if (text.isWellFormed()) return text
  throw new NotationError('encoding-invalid', 'Cannot write CBOR: a text has half a surrogate pair')
}

function readValue(cursor: Cursor, depth: number): CborValue {
  if (depth < 0) throw invalid(cursor, 'it is nested too deeply')
  const initial = readByte(cursor)
  const major = initial >> 5
  const additional = initial & 31
  if (additional === INDEFINITE) throw invalid(cursor, 'a length is indefinite')
  if (additional > EIGHT_BYTES) throw invalid(cursor, 'a first byte is reserved')
  if (major > MAJOR.tag) return readSimpleOrFloat(cursor, additional)
  const argument = readArgument(cursor, additional)
  if (major === MAJOR.unsigned) return toInteger(cursor, argument)
  if (major === MAJOR.negative) return toInteger(cursor, -1n - BigInt(argument))
  if (typeof argument === 'bigint') throw invalid(cursor, 'a length or tag is too large')
  if (major === MAJOR.bytes) return readBytes(cursor, argument)
  if (major === MAJOR.text) return readText(cursor, argument)
  if (major === MAJOR.array) return readArray(cursor, argument, depth - 1)
  if (major === MAJOR.map) return readMap(cursor, argument, depth - 1)
  return readTagged(cursor, argument, depth - 1)
}

function readTagged(cursor: Cursor, tag: number, depth: number): CborTag {
  const value = readValue(cursor, depth)
  const isContent = TAG_CONTENTS.get(tag) ?? (() => true)
  if (!isContent(value)) throw invalid(cursor, `tag ${tag} is on a value that it is not for`)
  return { tag, value }
}

function isRfc3339(value: CborValue): boolean {
  if (typeof value !== 'string') return false
  try {
    parseRfc3339(value)
    return true
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return false
    throw error
  }
}

function isNumber(value: CborValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint' || isCborFloat(value)
}

function isBytes(value: CborValue): boolean {
  return value instanceof Uint8Array
}

function readArray(cursor: Cursor, length: number, depth: number): readonly CborValue[] {
  const elements: CborValue[] = []
  // Each element takes a byte at least, so a length that lies ends with the bytes.
  for (let i = 0; i < length; i++) elements.push(readValue(cursor, depth))
  return elements
}

function readMap(cursor: Cursor, length: number, depth: number): CborMap {
  const members = new Map<CborKey, CborValue>()
  for (let i = 0; i < length; i++) {
    const key = readValue(cursor, depth)
    if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'bigint')
      throw invalid(cursor, 'a key is neither an integer nor a text')
    if (members.has(key)) throw invalid(cursor, 'two members have the same key')
    members.set(key, readValue(cursor, depth))
  }
  return members
}

function readText(cursor: Cursor, length: number): string {
  const bytes = readBytes(cursor, length)
  try {
    return decodeUtf8(bytes)
  } catch (error) {
    if (!isNotationError(error, 'encoding-invalid')) throw error
    throw invalid(cursor, 'a text is not valid UTF-8')
  }
}

function readSimpleOrFloat(cursor: Cursor, additional: number): CborValue {
  if (additional === HALF_FLOAT) return { float: toHalfFloat(viewOf(cursor, 2).getUint16(0)) }
  if (additional === SINGLE_FLOAT) return { float: viewOf(cursor, 4).getFloat32(0) }
  if (additional === DOUBLE_FLOAT) return { float: viewOf(cursor, 8).getFloat64(0) }
  const value = SIMPLE_VALUES.get(additional)
  if (value === undefined) throw invalid(cursor, 'a simple value is not false, true or null')
  return value
}

/** RFC 8949 appendix D: sign, 5 bits of exponent, 10 of fraction. */
function toHalfFloat(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * 2 ** -24
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function readArgument(cursor: Cursor, additional: number): CborInteger {
  if (additional < ONE_BYTE) return additional
  const sizeIndex = additional - ONE_BYTE
  const size = 2 ** sizeIndex
  let argument = 0n
  for (const byte of readBytes(cursor, size)) argument = (argument << 8n) | BigInt(byte)
  if (argument < (LEAST_ARGUMENTS[sizeIndex] ?? 0n))
    throw invalid(cursor, 'an integer or a length is not minimal')
  return narrow(argument)
}

function toInteger(cursor: Cursor, value: CborInteger): CborInteger {
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n)
    throw invalid(cursor, 'an integer takes more than 64 bits')
  return narrow(BigInt(value))
}

function narrow(value: bigint): CborInteger {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function readByte(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.offset]
  if (byte === undefined) throw endsWithin(cursor)
  cursor.offset++
  return byte
}

function viewOf(cursor: Cursor, length: number): DataView {
  const { buffer, byteOffset } = readBytes(cursor, length)
  return new DataView(buffer, byteOffset, length)
}

function readBytes(cursor: Cursor, length: number): Uint8Array {
  const start = cursor.offset
  if (length > cursor.bytes.length - start) throw endsWithin(cursor)
  cursor.offset += length
  return cursor.bytes.subarray(start, cursor.offset)
}

function endsWithin(cursor: Cursor): NotationError {
  return invalid(cursor, 'it ends within a value')
}

function invalid(cursor: Cursor, found: string): NotationError {
  return new NotationError(
    'encoding-invalid',
    `Cannot read CBOR: ${found}, at byte ${cursor.offset}`,
  )
}
