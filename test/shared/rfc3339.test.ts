import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { encodeRfc3339, parseRfc3339 } from '../../shared/rfc3339.ts'

const anyDate = fc.date({
  min: new Date('0000-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
})

describe('parseRfc3339()', () => {
  test('inverts encodeRfc3339() but for the milliseconds', () => {
    fc.assert(
      fc.property(anyDate, (at) => {
        const wholeSeconds = Math.floor(at.getTime() / 1000) * 1000
        expect(parseRfc3339(encodeRfc3339(at))).toEqual(new Date(wholeSeconds))
        expect(parseRfc3339(at.toISOString())).toEqual(at)
      }),
    )
  })

  test.each([
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T11:04:05+08:00', '2030-01-02T03:04:05.000Z'],
    ['2030-01-01T19:34:05-07:30', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T03:04:05-00:00', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T03:04:05.57Z', '2030-01-02T03:04:05.570Z'],
    ['2030-01-02T03:04:05.123999999Z', '2030-01-02T03:04:05.123Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['2028-02-29T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ])('reads %s', (text, wanted) => {
    expect(parseRfc3339(text).toISOString()).toBe(wanted)
  })

  test.each([
    '',
    '2030-01-02',
    '2030-01-02 03:04:05Z',
    '2030-01-02t03:04:05z',
    '2030-01-02T03:04:05',
    '2030-01-02T03:04Z',
    '2030-1-2T03:04:05Z',
    '2030-02-30T03:04:05Z',
    '2029-02-29T03:04:05Z',
    '2030-01-02T24:00:00Z',
    '2030-01-02T03:60:05Z',
    '2030-12-31T23:59:60Z',
    '2030-01-02T03:04:05+24:00',
    '2030-01-02T03:04:05+08:60',
    '2030-01-02T03:04:05+0800',
    '2030-01-02T03:04:05,5Z',
    '2030-01-02T03:04:05.Z',
    ' 2030-01-02T03:04:05Z',
    '2030-01-02T03:04:05Z\n',
    '12030-01-02T03:04:05Z',
  ])('refuses %j', (text) => {
    expect(() => parseRfc3339(text)).toThrow(
      new NotationError(
        'encoding-invalid',
        `Cannot read time ${JSON.stringify(text)}: it is not of the form 2030-01-02T03:04:05Z`,
      ),
    )
  })

  test('reads any text or throws a NotationError', () => {
    const pieces = fc.array(fc.constantFrom('2030', '-01', 'T', ':04', '.5', 'Z', '+08:00', '60'))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((parts) => parts.join('')),
        ),
        (text) => {
          try {
            expect(Number.isNaN(parseRfc3339(text).getTime())).toBe(false)
          } catch (error) {
            if (!isNotationError(error, 'encoding-invalid')) throw error
          }
        },
      ),
    )
  })
})
