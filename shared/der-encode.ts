// A small writer of DER (ITU-T X.690): what timestamp requests, ECDSA signatures and tests are built
// of. Each function answers one whole value, identifier and length included.

import { concatBytes, encodeUtf8 } from './bytes.ts'
import { DER_TAG } from './der.ts'

/** A value of any identifier octet around content octets. */
export function encodeTagged(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of content) length += part.length
  return concatBytes(Uint8Array.of(tag, ...lengthOctets(length)), ...content)
}

/** SEQUENCE of values in the order given. */
export function encodeSequence(...values: readonly Uint8Array[]): Uint8Array {
  return encodeTagged(DER_TAG.sequence, ...values)
}

/** SET OF, whose values DER sorts by their octets (X.690 §11.6). */
export function encodeSet(...values: readonly Uint8Array[]): Uint8Array {
  return encodeTagged(DER_TAG.set, ...values.toSorted(compareBytes))
}

/**
 * INTEGER of zero or more.
 *
 * @param value - a safe integer, or big-endian magnitude with any number of leading zeros
 */
export function encodeUnsignedInteger(value: number | Uint8Array): Uint8Array {
  const magnitude = typeof value === 'number' ? magnitudeOf(value) : value
  let start = 0
  while (start < magnitude.length - 1 && magnitude[start] === 0) start++
  const minimal = magnitude.subarray(start)
  const needsZero = minimal.length === 0 || (minimal[0] ?? 0) >= 0x80
  return encodeTagged(DER_TAG.integer, needsZero ? Uint8Array.of(0) : Uint8Array.of(), minimal)
}

/** BOOLEAN. */
export function encodeBoolean(value: boolean): Uint8Array {
  return Uint8Array.of(DER_TAG.boolean, 1, value ? 0xff : 0)
}

/** NULL. */
export function encodeNull(): Uint8Array {
  return Uint8Array.of(DER_TAG.null, 0)
}

/** OCTET STRING. */
export function encodeOctetString(...content: readonly Uint8Array[]): Uint8Array {
  return encodeTagged(DER_TAG.octetString, ...content)
}

/** BIT STRING that ends with `unusedBits` bits (0 to 7) that do not count. */
export function encodeBitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return encodeTagged(DER_TAG.bitString, Uint8Array.of(unusedBits), bytes)
}

/** UTF8String. */
export function encodeUtf8String(text: string): Uint8Array {
  return encodeTagged(DER_TAG.utf8String, encodeUtf8(text))
}

/**
 * OBJECT IDENTIFIER of dotted form.
 *
 * @throws {RangeError} when the text is not dotted form, which is a mistake in the program
 */
export function encodeObjectIdentifier(dotted: string): Uint8Array {
  const [top, second, ...rest] = dotted.split('.').map(Number)
  const isPossible =
    top !== undefined && top <= 2 && second !== undefined && (top === 2 || second < 40)
  const arcs = [(top ?? 0) * 40 + (second ?? 0), ...rest]
  if (!isPossible || !arcs.every((arc) => Number.isSafeInteger(arc) && arc >= 0))
    throw new RangeError(`Cannot encode object identifier ${JSON.stringify(dotted)}`)
  return encodeTagged(DER_TAG.objectIdentifier, Uint8Array.from(arcs.flatMap(arcOctets)))
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length]
  const octets = magnitudeOf(length)
  return [0x80 | octets.length, ...octets]
}

function magnitudeOf(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`Cannot encode ${value} as an unsigned INTEGER`)
  const octets: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256)
  return Uint8Array.from(octets)
}

function arcOctets(arc: number): readonly number[] {
  const octets = [arc % 128]
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    octets.unshift(0x80 | (rest % 128))
  return octets
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
