import { decode } from 'cbor-x'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../shared/bytes.ts'
import { type CborValue, encodeCbor, parseCbor, type WritableCbor } from '../../shared/cbor.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { MAX_CBOR_DEPTH } from '../../shared/limits.ts'
import {
  MAJOR,
  rawArray,
  rawFloat,
  rawHead,
  rawInteger,
  rawMap,
  rawTag,
  rawText,
} from '../support/raw-cbor.ts'

const fromHex = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

describe('parseCbor()', () => {
  test.each([
    // RFC 8949 appendix A
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['1b0020000000000000', 2n ** 53n],
    ['1b7fffffffffffffff', 2n ** 63n - 1n],
    ['20', -1],
    ['3863', -100],
    ['3b001fffffffffffff', -(2n ** 53n)],
    ['3b7fffffffffffffff', -(2n ** 63n)],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['4401020304', Uint8Array.of(1, 2, 3, 4)],
    ['62c3bc', 'ü'],
    ['64f0908591', '\u{10151}'],
    ['83010203', [1, 2, 3]],
    [
      'a201020304',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['c074323031332d30332d32315432303a30343a30305a', { tag: 0, value: '2013-03-21T20:04:00Z' }],
    ['c249010000000000000000', { tag: 2, value: fromHex('010000000000000000') }],
    ['c11a514b67b0', { tag: 1, value: 1363896240 }],
    ['d818456449455446', { tag: 24, value: fromHex('6449455446') }],
    ['f93c00', { float: 1 }],
    ['f97bff', { float: 65504 }],
    ['f90001', { float: 2 ** -24 }],
    ['f90400', { float: 0.00006103515625 }],
    ['f9c400', { float: -4 }],
    ['f97c00', { float: Number.POSITIVE_INFINITY }],
    ['f97e00', { float: Number.NaN }],
    ['fa47c35000', { float: 100_000 }],
    ['fb3ff199999999999a', { float: 1.1 }],
  ] as const)('reads %s', (hex, wanted) => {
    expect(parseCbor(fromHex(hex))).toEqual(wanted)
  })

  test.each([
    ['', 'it ends within a value, at byte 0'],
    ['18', 'it ends within a value, at byte 1'],
    ['44010203', 'it ends within a value, at byte 1'],
    ['8301', 'it ends within a value, at byte 2'],
    ['9bffffffffffffffff', 'a length or tag is too large, at byte 9'],
    ['9a7fffffff', 'it ends within a value, at byte 5'],
    ['0000', 'there is more behind the value, at byte 1'],
    ['1817', 'an integer or a length is not minimal, at byte 2'],
    ['1900ff', 'an integer or a length is not minimal, at byte 3'],
    ['1a0000ffff', 'an integer or a length is not minimal, at byte 5'],
    ['1b00000000ffffffff', 'an integer or a length is not minimal, at byte 9'],
    ['3817', 'an integer or a length is not minimal, at byte 2'],
    ['580101', 'an integer or a length is not minimal, at byte 2'],
    ['780161', 'an integer or a length is not minimal, at byte 2'],
    ['980101', 'an integer or a length is not minimal, at byte 2'],
    ['b8010101', 'an integer or a length is not minimal, at byte 2'],
    ['d80100', 'an integer or a length is not minimal, at byte 2'],
    ['1b8000000000000000', 'an integer takes more than 64 bits, at byte 9'],
    ['3b8000000000000000', 'an integer takes more than 64 bits, at byte 9'],
    ['1c', 'a first byte is reserved, at byte 1'],
    ['fe', 'a first byte is reserved, at byte 1'],
    ['f7', 'a simple value is not false, true or null, at byte 1'],
    ['e0', 'a simple value is not false, true or null, at byte 1'],
    ['f8ff', 'a simple value is not false, true or null, at byte 1'],
    ['ff', 'a length is indefinite, at byte 1'],
    ['c001', 'tag 0 is on a value that it is not for, at byte 2'],
    ['c06161', 'tag 0 is on a value that it is not for, at byte 3'],
    ['c16161', 'tag 1 is on a value that it is not for, at byte 3'],
    ['c1c101', 'tag 1 is on a value that it is not for, at byte 3'],
    ['c201', 'tag 2 is on a value that it is not for, at byte 2'],
    ['c301', 'tag 3 is on a value that it is not for, at byte 2'],
  ])('refuses %s', expectRefusal)

  test('refuses a key twice, which cbor-x reads as the last', () => {
    const bytes = rawMap([
      [rawText('alg'), rawInteger(1)],
      [rawText('alg'), rawInteger(2)],
    ])
    expect(decode(bytes)).toEqual({ alg: 2 })
    expectRefusal(toHex(bytes), 'two members have the same key, at byte 10')
  })

  test('refuses indefinite lengths, which cbor-x reads', () => {
    expect(decode(fromHex('9f01ff'))).toEqual([1])
    for (const hex of ['9f01ff', 'bf0101ff', '5f4101ff', '7f6161ff'])
      expectRefusal(hex, 'a length is indefinite, at byte 1')
  })

  test('refuses text that is not UTF-8, which cbor-x reads as something', () => {
    expect(typeof decode(fromHex('62c328'))).toBe('string')
    expectRefusal('62c328', 'a text is not valid UTF-8, at byte 3')
  })

  test('refuses a float as a key, which cbor-x reads as an integer', () => {
    const bytes = rawMap([[rawFloat(1), rawInteger(2)]])
    expect(decode(bytes)).toEqual({ 1: 2 })
    expectRefusal(toHex(bytes), 'a key is neither an integer nor a text, at byte 10')
  })

  test('refuses a non-minimal key beside its minimal form', () => {
    const bytes = rawMap([
      [rawHead(MAJOR.unsigned, 1), rawInteger(1)],
      [rawHead(MAJOR.unsigned, 1, 1), rawInteger(2)],
    ])
    expectRefusal(toHex(bytes), 'an integer or a length is not minimal, at byte 5')
  })

  test('refuses a large key twice', () => {
    const key = fromHex('1b0020000000000000')
    const bytes = rawMap([
      [key, rawInteger(1)],
      [key, rawInteger(2)],
    ])
    expectRefusal(toHex(bytes), 'two members have the same key, at byte 20')
  })

  test('refuses nesting beyond its limit: arrays, maps and tags', () => {
    const nested = (depth: number, wrap: (inner: Uint8Array) => Uint8Array) =>
      Array.from({ length: depth }).reduce<Uint8Array>((inner) => wrap(inner), rawInteger(0))
    const wraps = [
      (inner: Uint8Array) => rawArray(inner),
      (inner: Uint8Array) => rawMap([[rawInteger(0), inner]]),
      (inner: Uint8Array) => rawTag(18, inner),
    ]
    for (const wrap of wraps) {
      expect(() => parseCbor(nested(MAX_CBOR_DEPTH, wrap))).not.toThrow()
      expect(() => parseCbor(nested(MAX_CBOR_DEPTH + 1, wrap))).toThrow('it is nested too deeply')
    }
    expect(() => parseCbor(new Uint8Array(1_000_000).fill(0x81))).toThrow('it is nested too deeply')
  })

  test('reads any bytes or throws a NotationError, and what it reads encodes to the same where keys are sorted', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), mutatedCbor()), (bytes) => {
        const value = readOrUndefined(bytes)
        if (value === undefined || holdsFloat(value)) return
        const again = encodeCbor(value as WritableCbor)
        expect(again.length).toBe(bytes.length)
        expect(parseCbor(again)).toEqual(value)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('encodeCbor()', () => {
  test('is read back by the strict reader', () => {
    fc.assert(
      fc.property(writable(), (value) => {
        expect(parseCbor(encodeCbor(value))).toEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    0,
    23,
    24,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    4_294_967_296,
    2 ** 53 - 1,
    -1,
    -24,
    -25,
    -256,
    -257,
    -65_537,
    -4_294_967_296,
    -4_294_967_297,
    1 - 2 ** 53,
  ])('writes the integer %d in its shortest form', (value) => {
    expect(toHex(encodeCbor(value))).toBe(toHex(rawInteger(value)))
  })

  test.each([0, 1, 23, 24, 63, 64, 95, 96, 255, 256, 7679, 7680, 21_845, 65_535, 65_536, 200_000])(
    'writes %d characters, bytes and elements with their shortest length',
    (length) => {
      expect(parseCbor(encodeCbor('a'.repeat(length)))).toBe('a'.repeat(length))
      expect(parseCbor(encodeCbor('ü'.repeat(length)))).toBe('ü'.repeat(length))
      expect(parseCbor(encodeCbor(new Uint8Array(length)))).toEqual(new Uint8Array(length))
      expect(parseCbor(encodeCbor(Array(length).fill(null)))).toHaveLength(length)
    },
  )

  test('writes a bigint as the number that it is', () => {
    expect(toHex(encodeCbor([5n, -5n]))).toBe('820524')
  })

  test('writes keys in bytewise order of their encoding (RFC 8949 §4.2.1)', () => {
    const map = new Map<string | number, number>([
      ['aa', 1],
      ['z', 2],
      [-1, 3],
      [100, 4],
      [10, 5],
      ['', 6],
    ])
    const wanted = ['0a05', '186404', '2003', '6006', '617a02', '62616101'].join('')
    expect(toHex(encodeCbor(map))).toBe(`a6${wanted}`)
    const members = [...map].reverse()
    expect(toHex(encodeCbor(new Map(members)))).toBe(`a6${wanted}`)
  })

  test('writes byte strings without the tag of a typed array', () => {
    expect(toHex(encodeCbor(Uint8Array.of(1, 2)))).toBe('420102')
  })

  test('gives bytes that later calls leave alone', () => {
    const first = encodeCbor('first')
    const hex = toHex(first)
    for (let i = 0; i < 100; i++) encodeCbor('x'.repeat(1000))
    expect(toHex(first)).toBe(hex)
  })

  test('refuses a float, which it cannot write as one', () => {
    expect(() => encodeCbor([{ float: 1 }] as never)).toThrow(TypeError)
  })

  test('refuses half a surrogate pair', () => {
    const wanted = new NotationError(
      'encoding-invalid',
      'Cannot write CBOR: a text has half a surrogate pair',
    )
    expect(() => encodeCbor(['\ud800'])).toThrow(wanted)
    expect(() => encodeCbor(new Map([['\ud800', 1]]))).toThrow(wanted)
  })
})

function expectRefusal(hex: string, found: string): void {
  expect(() => parseCbor(fromHex(hex))).toThrow(
    new NotationError('encoding-invalid', `Cannot read CBOR: ${found}`),
  )
}

function writable(): fc.Arbitrary<WritableCbor> {
  const text = fc.string({ unit: 'grapheme' })
  const integer = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -(2 ** 33), max: 2 ** 33 }),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  )
  return fc.letrec<{ value: WritableCbor }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<WritableCbor>(null, true, false),
      integer,
      text,
      fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 5 }),
      fc
        .array(fc.tuple(fc.oneof(text, integer), tie('value')), { maxLength: 5 })
        .map((entries) => new Map(entries)),
      // Lower tags are not for every value.
      fc.record({ tag: fc.integer({ min: 4, max: 100_000 }), value: tie('value') }),
    ),
  })).value
}

function mutatedCbor(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(writable(), fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
    const bytes = encodeCbor(value)
    return bytes.with(at % bytes.length, byte)
  })
}

function readOrUndefined(bytes: Uint8Array): CborValue | undefined {
  try {
    return parseCbor(bytes)
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}

function holdsFloat(value: CborValue): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if (value instanceof Map) return [...value.values()].some(holdsFloat)
  if (Array.isArray(value)) return value.some(holdsFloat)
  return 'float' in value || ('tag' in value && holdsFloat(value.value))
}
