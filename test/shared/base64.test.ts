import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
} from '../../shared/base64.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'

const FORMATS = [
  { format: 'base64', encode: encodeBase64, decode: decodeBase64, node: 'base64' },
  { format: 'base64url', encode: encodeBase64Url, decode: decodeBase64Url, node: 'base64url' },
] as const

describe.each(FORMATS)('$format', ({ format, encode, decode, node }) => {
  test('is written as node:buffer writes it, and read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(encode(bytes)).toBe(Buffer.from(bytes).toString(node))
        expect(decode(encode(bytes))).toEqual(bytes)
      }),
    )
  })

  test('is read from no text but the one that is written', () => {
    const near = fc.tuple(fc.uint8Array({ maxLength: 12 }), fc.nat(), fc.string({ maxLength: 2 }))
    fc.assert(
      fc.property(near, ([bytes, at, piece]) => {
        const text = encode(bytes)
        const index = at % (text.length + 1)
        const changed = text.slice(0, index) + piece + text.slice(index + piece.length)
        const read = readOrUndefined(decode, changed)
        if (read !== undefined) expect(encode(read)).toBe(changed)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['a line break', 'AQ\nID', /alphabet|multiple of 4|whole bytes/],
    ['a space', 'AQI ', /alphabet/],
    ['a character beyond ASCII', 'AQIĀ', /alphabet/],
    ['a character of half a pair', 'AQI\ud800', /alphabet/],
    ['a character of the other alphabet', format === 'base64' ? 'AQI-' : 'AQI+', /alphabet/],
  ])('is refused with %s', (_, text, found) => {
    expect(() => decode(text)).toThrow(NotationError)
    expect(() => decode(text)).toThrow(found)
  })

  test('holds every value of every character', () => {
    const all = Uint8Array.from({ length: 3 * 256 }, (_, index) => index * 7)
    expect(decode(encode(all))).toEqual(all)
  })
})

describe('decodeBase64()', () => {
  test.each([
    ['AQ', 'its length 2 is not a multiple of 4'],
    ['AQI', 'its length 3 is not a multiple of 4'],
    ['AQ==\n', 'its length 5 is not a multiple of 4'],
    ['AQ=D', 'the character at position 2 is not in its alphabet'],
    ['A===', 'the character at position 1 is not in its alphabet'],
    ['====', 'the character at position 0 is not in its alphabet'],
    ['AR==', 'bits are set behind its last byte'],
    ['AQJ=', 'bits are set behind its last byte'],
  ])('refuses %j', (text, found) => {
    expect(() => decodeBase64(text)).toThrow(
      new NotationError('encoding-invalid', `Cannot read base64: ${found}`),
    )
  })
})

describe('decodeBase64Url()', () => {
  test.each([
    ['A', '1 digits cannot hold whole bytes'],
    ['AQIDB', '5 digits cannot hold whole bytes'],
    ['AQ==', 'the character at position 2 is not in its alphabet'],
    ['AR', 'bits are set behind its last byte'],
    ['AQJ', 'bits are set behind its last byte'],
  ])('refuses %j', (text, found) => {
    expect(() => decodeBase64Url(text)).toThrow(
      new NotationError('encoding-invalid', `Cannot read base64url: ${found}`),
    )
  })
})

function readOrUndefined(
  decode: (text: string) => Uint8Array,
  text: string,
): Uint8Array | undefined {
  try {
    return decode(text)
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}
