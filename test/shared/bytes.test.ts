import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, decodeUtf8, encodeUtf8, equalBytes, toHex } from '../../shared/bytes.ts'
import { NotationError } from '../../shared/errors.ts'

describe('concatBytes()', () => {
  test('joins into bytes of its own', () => {
    const first = Uint8Array.of(1, 2)
    const joined = concatBytes(first, new Uint8Array(), Uint8Array.of(3))
    first[0] = 9
    expect(joined).toEqual(Uint8Array.of(1, 2, 3))
    expect(concatBytes()).toEqual(new Uint8Array())
  })
})

describe('equalBytes()', () => {
  test('compares content, of views too', () => {
    const whole = Uint8Array.of(1, 2, 3, 2, 3)
    expect(equalBytes(whole.subarray(1, 3), whole.subarray(3))).toBe(true)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(2))).toBe(false)
    expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false)
  })
})

describe('toHex()', () => {
  test('writes as node:buffer writes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'))
      }),
    )
  })
})

describe('decodeUtf8()', () => {
  test('inverts encodeUtf8() for every text, with a byte order mark in front too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeUtf8(encodeUtf8(text))).toBe(text)
        expect(decodeUtf8(encodeUtf8(`\ufeff${text}`))).toBe(`\ufeff${text}`)
      }),
    )
  })

  test.each([
    ['a byte alone', [0xff]],
    ['a sequence cut off', [0xe2, 0x82]],
    ['an overlong form', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a number beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(
      new NotationError('encoding-invalid', 'Cannot read text: the bytes are not valid UTF-8'),
    )
  })
})
