import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  formatNanoseconds,
  formatSeconds,
  splitTime,
  writeTime,
} from '../../../shared/inspect/written-time.ts'
import { encodeRfc3339, parseRfc3339 } from '../../../shared/rfc3339.ts'

const AT = new Date('2030-01-02T03:04:05.120Z')

describe('splitTime()', () => {
  test.each([
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05Z', '2030-01-02T03:04:05Z'],
    ['2030-01-02T03:04:05.1200Z', '2030-01-02T03:04:05Z', '2030-01-02T03:04:05.12Z'],
    ['2030-01-02T03:04:05.000+08:00', '2030-01-02T03:04:05+08:00', '2030-01-02T03:04:05+08:00'],
    ['2030-01-02T03:04:05-00:00', '2030-01-02T03:04:05Z', '2030-01-02T03:04:05Z'],
    [
      '2030-01-02T03:04:05.1234567899-03:30',
      '2030-01-02T03:04:05-03:30',
      '2030-01-02T03:04:05.123456789-03:30',
    ],
  ])('keeps how %s was written', (text, seconds, nanoseconds) => {
    const time = splitTime(text)
    if (time === undefined) throw new Error('no time')
    expect(formatSeconds(time)).toBe(seconds)
    expect(formatNanoseconds(time)).toBe(nanoseconds)
  })

  test.each(['', '2030-01-02', '2030-01-02T03:04:05', '2030-01-02T03:04:05z'])(
    'gives nothing for %j',
    (text) => {
      expect(splitTime(text)).toBeUndefined()
    },
  )

  test('keeps the instant', () => {
    const times = fc.date({ min: new Date(0), max: new Date('2999-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(times, (at) => {
        const time = splitTime(at.toISOString())
        if (time === undefined) throw new Error('no time')
        expect(parseRfc3339(formatNanoseconds(time))).toEqual(at)
        expect(formatSeconds(time)).toBe(encodeRfc3339(at))
      }),
    )
  })
})

describe('writeTime()', () => {
  test.each([
    [0n, '2030-01-02T03:04:05.12Z'],
    [3n, '2030-01-02T03:04:05.120000003Z'],
    [880_000_000n, '2030-01-02T03:04:06Z'],
    [-120_000_001n, '2030-01-02T03:04:04.999999999Z'],
  ])('adds %s nanoseconds', (nanoseconds, text) => {
    expect(formatNanoseconds(writeTime(AT, nanoseconds))).toBe(text)
  })

  test('goes towards the past before 1970 too', () => {
    expect(formatNanoseconds(writeTime(new Date(0), -1n))).toBe('1969-12-31T23:59:59.999999999Z')
  })
})
