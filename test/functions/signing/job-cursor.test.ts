import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeJobCursor, parseJobCursor } from '../../../functions/signing/job-cursor.ts'
import { isNotationError } from '../../../shared/errors.ts'

const ID = '01234567-89ab-cdef-0123-456789abcdef'

it.each(['2026-02-28T23:59:59.999Z', '2026-02-28T23:59:59.123456Z'])(
  'parseJobCursor() reads what was written for %s',
  (time) => {
    expect(parseJobCursor(encodeJobCursor({ time, id: ID }))).toEqual({ time, id: ID })
  },
)

it.each([
  ['a day that the month has not', `2026-02-30T00:00:00.000000Z_${ID}`],
  ['an hour that the day has not', `2026-02-28T24:00:00.000000Z_${ID}`],
  ['a year that the database has not', `0000-01-01T00:00:00.000000Z_${ID}`],
  ['no time', `_${ID}`],
  ['no id', '2026-02-28T00:00:00.000000Z_'],
  ['something more', `2026-02-28T00:00:00.000000Z_${ID}\n`],
])('parseJobCursor() refuses %s', (_, text) => {
  expect(() => parseJobCursor(text)).toThrow('Cannot list jobs: "after" is none of a page\'s')
})

it('parseJobCursor() reads any text or refuses it', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        expect(encodeJobCursor(parseJobCursor(text))).toBe(text)
      } catch (error) {
        expect(isNotationError(error) && error.code).toBe('request-invalid')
      }
    }),
  )
})
