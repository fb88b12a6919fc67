import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../shared/bytes.ts'
import { constructedTag, DER_TAG, DerReader, parseDer, primitiveTag } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../shared/der-encode.ts'
import { readPreciseTime, readTime } from '../../shared/der-time.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { MAX_DER_DEPTH } from '../../shared/limits.ts'
import refusals from '../vectors/der/refusals.json' with { type: 'json' }

const SOURCE = { code: 'encoding-invalid', object: 'DER' } as const

const READERS: Readonly<Record<string, (der: DerReader) => unknown>> = {
  integer: (der) => der.readInteger(),
  unsigned: (der) => der.readUnsignedInteger(),
  small: (der) => der.readSmallInteger(),
  boolean: (der) => der.readBoolean(),
  null: (der) => der.readNull(),
  octetString: (der) => der.readOctetString(),
  bitString: (der) => der.readBitString(),
  bitStringBytes: (der) => der.readBitStringBytes(),
  insideBitString: (der) => der.insideBitString((inner) => inner.readNull()),
  oid: (der) => der.readObjectIdentifier(),
  utf8: (der) => der.readUtf8String(),
  time: readTime,
  preciseTime: readPreciseTime,
  sequenceOfNulls: (der) => der.each(DER_TAG.sequence, () => der.readNull()),
  any: readAnything,
}

/** Reads any value whole, by the type that its tag names. */
function readAnything(der: DerReader): unknown {
  const tag = der.peekTag()
  if ((tag & 0x20) !== 0) return der.each(tag, readAnything)
  const byTag: Readonly<Record<number, string>> = {
    [DER_TAG.integer]: 'integer',
    [DER_TAG.boolean]: 'boolean',
    [DER_TAG.null]: 'null',
    [DER_TAG.bitString]: 'bitString',
    [DER_TAG.objectIdentifier]: 'oid',
    [DER_TAG.utf8String]: 'utf8',
    [DER_TAG.utcTime]: 'time',
    [DER_TAG.generalizedTime]: 'preciseTime',
  }
  const reader = READERS[byTag[tag] ?? '']
  return reader === undefined ? der.readContent(tag) : reader(der)
}

function read(reader: string, hex: string): unknown {
  const readValue = READERS[reader]
  if (readValue === undefined) throw new Error(`There is no reader ${reader}`)
  return parseDer(Uint8Array.from(Buffer.from(hex, 'hex')), SOURCE, readValue)
}

function refusalOf(run: () => unknown): NotationError {
  try {
    run()
  } catch (error) {
    if (error instanceof NotationError) return error
    throw error
  }
  throw new Error('Nothing was refused')
}

describe('der', () => {
  test.each(refusals.cases)('parseDer() refuses $name ($section)', ({ reader, der, message }) => {
    const error = refusalOf(() => read(reader, der))
    expect(error.code).toBe('encoding-invalid')
    expect(error.message).toBe(`Cannot read DER: ${message}`)
  })

  test.each([
    ['integer', '020100', '00'],
    ['integer', '02020080', '0080'],
    ['integer', '0201ff', 'ff'],
    ['integer', '0202ff7f', 'ff7f'],
    ['octetString', `0481${'80'}${'ab'.repeat(128)}`, 'ab'.repeat(128)],
    ['bitString', '03020780', '80'],
    ['bitString', '030100', ''],
    ['bitStringBytes', '030300abcd', 'abcd'],
  ])('%s reads %s', (reader, der, content) => {
    expect(toHex(read(reader, der) as Uint8Array)).toBe(content)
  })

  test.each([
    ['boolean', '0101ff', true],
    ['boolean', '010100', false],
    ['small', '02047fffffff', 2 ** 31 - 1],
    ['oid', '06032a8648', '1.2.840'],
    ['oid', '0603883703', '2.999.3'],
    ['oid', '060100', '0.0'],
    ['oid', '06052a87ffffff7f'.replace('06052a', '06062a'), '1.2.2147483647'],
    ['utf8', '0c03e697a5', '日'],
    ['sequenceOfNulls', '300405000500', [undefined, undefined]],
  ])('%s reads %s', (reader, der, value) => {
    expect(read(reader, der)).toEqual(value)
  })

  test.each([
    ['170d3439313233313233353935395a', '2049-12-31T23:59:59.000Z'],
    ['170d3530303130313030303030305a', '1950-01-01T00:00:00.000Z'],
    ['180f39393939313233313233353935395a', '9999-12-31T23:59:59.000Z'],
    ['180f30303031303130313030303030305a', '0001-01-01T00:00:00.000Z'],
    ['180f32303234303232393030303030305a', '2024-02-29T00:00:00.000Z'],
  ])('readTime() reads %s', (der, instant) => {
    expect((read('time', der) as Date).toISOString()).toBe(instant)
  })

  test('readPreciseTime() keeps what is finer than a millisecond apart', () => {
    const content = Buffer.from('20300102030405.123456789Z')
    const der = toHex(encodeTagged(DER_TAG.generalizedTime, content))
    const { at, nanoseconds } = read('preciseTime', der) as { at: Date; nanoseconds: number }
    expect(at.toISOString()).toBe('2030-01-02T03:04:05.123Z')
    expect(nanoseconds).toBe(456_789)
  })

  test('readPreciseTime() reads a time without a fraction', () => {
    const der = toHex(encodeTagged(DER_TAG.generalizedTime, Buffer.from('20300102030405Z')))
    expect(read('preciseTime', der)).toEqual({
      at: new Date('2030-01-02T03:04:05Z'),
      nanoseconds: 0,
    })
  })

  test('inside() refuses more nesting than the limit, and takes the limit', () => {
    const nest = (depth: number) => {
      let der = Uint8Array.of(5, 0)
      for (let i = 0; i < depth; i++) der = Uint8Array.from(encodeSequence(der))
      return der
    }
    expect(() => parseDer(nest(MAX_DER_DEPTH), SOURCE, readAnything)).not.toThrow()
    const error = refusalOf(() => parseDer(nest(MAX_DER_DEPTH + 1), SOURCE, readAnything))
    expect(error.message).toBe(
      `Cannot read DER: it nests more than ${MAX_DER_DEPTH} values (byte 66)`,
    )
  })

  test('inside() refuses what its reader leaves unread', () => {
    const der = encodeSequence(encodeUnsignedInteger(1), encodeUnsignedInteger(2))
    const error = refusalOf(() =>
      parseDer(der, SOURCE, (reader) =>
        reader.inside(DER_TAG.sequence, () => reader.readInteger()),
      ),
    )
    expect(error.message).toBe('Cannot read DER: bytes follow where it should end (byte 5)')
  })

  test('insideOptional() leaves a value of another tag where it is', () => {
    const der = new DerReader(encodeTagged(constructedTag(1), Uint8Array.of(5, 0)), SOURCE)
    expect(der.insideOptional(constructedTag(0), () => 'found')).toBeUndefined()
    expect(der.insideOptional(constructedTag(1), () => der.readNull() ?? 'found')).toBe('found')
    expect(der.isAtEnd).toBe(true)
  })

  test('peekRaw() and readRaw() answer the whole value', () => {
    const value = encodeTagged(primitiveTag(2), Uint8Array.of(1, 2, 3))
    const der = new DerReader(value, SOURCE)
    expect(der.peekRaw(0x82)).toEqual(value)
    expect(der.isAtEnd).toBe(false)
    expect(der.readRaw(0x82)).toEqual(value)
    expect(der.isAtEnd).toBe(true)
  })

  test('parseDer() reads any bytes or throws a NotationError', () => {
    const tag = fc.constantFrom(1, 2, 3, 4, 5, 6, 12, 0x17, 0x18, 0x30, 0x31, 0xa0)
    const value = fc
      .tuple(tag, fc.uint8Array({ maxLength: 20 }))
      .map(([t, c]) => encodeTagged(t, c))
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      value,
      value.map(encodeSequence as never),
    )
    fc.assert(
      fc.property(bytes as fc.Arbitrary<Uint8Array>, (der) => {
        try {
          parseDer(der, SOURCE, readAnything)
        } catch (error) {
          if (!isNotationError(error, 'encoding-invalid')) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('parseDer() refuses every truncation of a value', () => {
    const der = encodeSequence(
      encodeObjectIdentifier('1.2.840.113549.1.1.11'),
      encodeOctetString(new Uint8Array(200)),
      encodeBitString(new Uint8Array(3)),
    )
    for (let length = 0; length < der.length; length++)
      expect(() => parseDer(der.subarray(0, length), SOURCE, readAnything)).toThrow(NotationError)
  })
})
