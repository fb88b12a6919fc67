// CBOR written byte by byte, so that a test can write what no encoder would.

import { concatBytes, encodeUtf8 } from '../../shared/bytes.ts'

/** Major types (RFC 8949 §3.1). */
export const MAJOR = {
  unsigned: 0,
  negative: 1,
  bytes: 2,
  text: 3,
  array: 4,
  map: 5,
  tag: 6,
} as const

/** Encoded members of a map, in this order. */
export type RawMembers = readonly (readonly [key: Uint8Array, value: Uint8Array])[]

/**
 * The first byte of a value and its argument.
 *
 * @param argumentBytes - how many to take: 0 when it stands in the first byte; left out, as few as can be
 */
export function rawHead(
  major: number,
  argument: number,
  argumentBytes?: 0 | 1 | 2 | 4 | 8,
): Uint8Array {
  const length = argumentBytes ?? shortest(argument)
  if (length === 0) return Uint8Array.of((major << 5) | argument)
  const head = new Uint8Array(1 + length)
  head[0] = (major << 5) | (24 + Math.log2(length))
  for (let i = length, rest = argument; i > 0; i--, rest = Math.floor(rest / 256))
    head[i] = rest % 256
  return head
}

export function rawInteger(value: number): Uint8Array {
  return value < 0 ? rawHead(MAJOR.negative, -1 - value) : rawHead(MAJOR.unsigned, value)
}

export function rawBytes(bytes: Uint8Array): Uint8Array {
  return concatBytes(rawHead(MAJOR.bytes, bytes.length), bytes)
}

export function rawText(text: string): Uint8Array {
  const bytes = encodeUtf8(text)
  return concatBytes(rawHead(MAJOR.text, bytes.length), bytes)
}

export function rawArray(...elements: readonly Uint8Array[]): Uint8Array {
  return concatBytes(rawHead(MAJOR.array, elements.length), ...elements)
}

export function rawMap(members: RawMembers): Uint8Array {
  return concatBytes(rawHead(MAJOR.map, members.length), ...members.flat())
}

export function rawTag(tag: number, value: Uint8Array): Uint8Array {
  return concatBytes(rawHead(MAJOR.tag, tag), value)
}

/** A double. */
export function rawFloat(value: number): Uint8Array {
  const bytes = new Uint8Array(9)
  bytes[0] = 0xfb
  new DataView(bytes.buffer).setFloat64(1, value)
  return bytes
}

/** `undefined` and null. */
export const RAW_UNDEFINED = Uint8Array.of(0xf7)
export const RAW_NULL = Uint8Array.of(0xf6)

function shortest(argument: number): 0 | 1 | 2 | 4 | 8 {
  if (argument < 24) return 0
  if (argument < 0x100) return 1
  if (argument < 0x1_0000) return 2
  return argument < 0x1_0000_0000 ? 4 : 8
}
