import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../shared/bytes.ts'
import { DER_TAG, type DerReader, parseDer } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeBoolean,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSet,
  encodeUnsignedInteger,
  encodeUtf8String,
} from '../../shared/der-encode.ts'

const SOURCE = { code: 'encoding-invalid', object: 'DER' } as const

function readBack<T>(der: Uint8Array, read: (reader: DerReader) => T): T {
  return parseDer(der, SOURCE, read)
}

describe('der-encode', () => {
  test.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [256, '02020100'],
    [2 ** 40, '0206010000000000'],
  ])('encodeUnsignedInteger() writes %d minimally', (value, hex) => {
    expect(toHex(encodeUnsignedInteger(value))).toBe(hex)
  })

  test('encodeUnsignedInteger() refuses what is no unsigned integer', () => {
    expect(() => encodeUnsignedInteger(-1)).toThrow(RangeError)
    expect(() => encodeUnsignedInteger(0.5)).toThrow(RangeError)
  })

  test('encodeUnsignedInteger() is what readUnsignedInteger() reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (magnitude) => {
        const content = readBack(encodeUnsignedInteger(magnitude), (der) =>
          der.readUnsignedInteger(),
        )
        expect(BigInt(`0x0${toHex(content)}`)).toBe(BigInt(`0x0${toHex(magnitude)}`))
      }),
    )
  })

  test('encodeObjectIdentifier() is what readObjectIdentifier() reads', () => {
    const arc = fc.nat(2 ** 31 - 1)
    const start = fc.oneof(
      fc.tuple(fc.constantFrom(0, 1), fc.nat(39)),
      fc.tuple(fc.constant(2), fc.nat(2 ** 31 - 81)),
    )
    fc.assert(
      fc.property(start, fc.array(arc, { maxLength: 8 }), (top, rest) => {
        const dotted = [...top, ...rest].join('.')
        expect(readBack(encodeObjectIdentifier(dotted), (der) => der.readObjectIdentifier())).toBe(
          dotted,
        )
      }),
    )
  })

  test.each(['', '1', '3.1', '1.40', '1.2.x', '1.2.-3'])(
    'encodeObjectIdentifier() refuses %j',
    (dotted) => {
      expect(() => encodeObjectIdentifier(dotted)).toThrow(RangeError)
    },
  )

  test('encodeOctetString() of any length is what readOctetString() reads', () => {
    for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = new Uint8Array(length).fill(0xab)
      expect(readBack(encodeOctetString(content), (der) => der.readOctetString())).toEqual(content)
    }
  })

  test('encodeSet() sorts its values (X.690 §11.6)', () => {
    const set = encodeSet(encodeOctetString(Uint8Array.of(2)), encodeNull(), encodeBoolean(true))
    expect(toHex(set)).toBe('31080101ff0401020500')
    const withPrefix = encodeSet(Uint8Array.of(4, 1, 2), Uint8Array.of(4, 1, 1))
    expect(toHex(withPrefix)).toBe('3106040101040102')
  })

  test('encodeBitString(), encodeUtf8String() and encodeBoolean() read back', () => {
    const bits = encodeBitString(Uint8Array.of(0xa0), 5)
    expect(readBack(bits, (der) => der.readBitString())).toEqual(Uint8Array.of(0xa0))
    expect(readBack(encodeUtf8String('日'), (der) => der.readUtf8String())).toBe('日')
    expect(readBack(encodeBoolean(false), (der) => der.readBoolean())).toBe(false)
    expect(readBack(encodeNull(), (der) => der.readRaw(DER_TAG.null))).toEqual(Uint8Array.of(5, 0))
  })
})
