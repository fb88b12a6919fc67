import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../../shared/bytes.ts'
import { encodeUnsignedInteger } from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { findEntries, indexEntries } from '../../../shared/revocation/crl-entries.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { encodeEntry } from '../../support/crl-lists.ts'

describe('crl-entries', () => {
  test('findEntries() finds each entry among thousands, in the order of the list', () => {
    const numbers = Array.from({ length: 3000 }, (_, place) => serialOf((place * 7919) % 2500))
    const list = concatBytes(
      ...numbers.map((serialNumber, place) => encodeEntry({ serialNumber, reason: place % 11 })),
    )
    const index = indexEntries(list)
    for (const [place, serialNumber] of numbers.entries()) {
      const reasons = findEntries(index, serialNumber).map(({ reason }) => reason)
      const places =
        place < 500 ? [place, place + 2500] : place < 2500 ? [place] : [place - 2500, place]
      expect(reasons).toEqual(places.map((other) => other % 11))
    }
    expect(findEntries(index, serialOf(2500))).toEqual([])
  })

  test('indexEntries() takes an empty list', () => {
    expect(findEntries(indexEntries(new Uint8Array()), Uint8Array.of(1))).toEqual([])
  })

  test('indexEntries() keeps two numbers an entry, and no objects', () => {
    const list = concatBytes(
      ...Array.from({ length: 1000 }, (_, place) => encodeEntry({ serialNumber: serialOf(place) })),
    )
    expect(indexEntries(list).slots).toHaveLength(2048)
  })

  test('indexEntries() works on a view into larger bytes', () => {
    const list = encodeEntry({ serialNumber: Uint8Array.of(5) })
    const view = concatBytes(new Uint8Array(100), list).subarray(100)
    expect(findEntries(indexEntries(view), Uint8Array.of(5))).toHaveLength(1)
  })

  test('indexEntries() refuses a list that repeats one number to be slow', () => {
    const entry = encodeEntry({ serialNumber: Uint8Array.of(5) })
    const list = concatBytes(...Array.from({ length: 1000 }, () => entry))
    expect(() => indexEntries(list)).toThrowError(
      expect.objectContaining({
        code: 'encoding-invalid',
        message: 'Cannot read CRL entry: its serial numbers repeat (byte 0)',
      }),
    )
  })

  test('indexEntries() refuses a reason with bytes behind it', () => {
    const reason = encodeExtension('2.5.29.21', Uint8Array.of(10, 1, 1, 0))
    expect(() => indexEntries(encodeEntry({ extensions: [reason] }))).toThrowError(
      'Cannot read CRL entry: bytes follow where it should end (byte 3)',
    )
  })

  test('indexEntries() reads any bytes or refuses them', () => {
    const entries = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.integer({ min: 0, max: 12 }).map((reason) => encodeEntry({ reason })),
      ),
      { maxLength: 5 },
    )
    fc.assert(
      fc.property(entries, (parts) => {
        try {
          findEntries(indexEntries(concatBytes(...parts)), Uint8Array.of(1))
        } catch (error) {
          if (!isNotationError(error, 'encoding-invalid')) throw error
        }
      }),
    )
  })
})

/** Content octets of an INTEGER. */
function serialOf(value: number): Uint8Array {
  return encodeUnsignedInteger(value).subarray(2)
}
