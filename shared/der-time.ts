// UTCTime and GeneralizedTime as RFC 5280 §4.1.2.5 and RFC 3161 §2.4.2 allow them: with seconds, in
// UTC. Offsets, local times and missing seconds, which ASN.1 knows too, are refused.

import { DER_TAG, type DerReader } from './der.ts'

const DIGIT_ZERO = 0x30
const LETTER_Z = 0x5a
const POINT = 0x2e
/** RFC 5280 §4.1.2.5.1: two-digit years from 50 on are of the twentieth century. */
const UTC_TIME_PIVOT = 50

/**
 * A `Time` of a certificate: UTCTime, or GeneralizedTime without fraction.
 *
 * GeneralizedTime is taken before 2050 too, as Go does.
 */
export function readTime(der: DerReader): Date {
  return der.isNext(DER_TAG.utcTime) ? readUtcTime(der) : readGeneralizedTime(der)
}

/** A UTCTime, `YYMMDDHHMMSSZ`. */
function readUtcTime(der: DerReader): Date {
  const content = der.readContent(DER_TAG.utcTime)
  if (content.length !== 13 || content[12] !== LETTER_Z)
    throw der.malformed('a UTCTime is not YYMMDDHHMMSSZ')
  const year = pair(der, content, 0)
  return instant(der, content, year < UTC_TIME_PIVOT ? 2000 + year : 1900 + year, 2)
}

/** A GeneralizedTime, `YYYYMMDDHHMMSSZ`. */
export function readGeneralizedTime(der: DerReader): Date {
  const content = der.readContent(DER_TAG.generalizedTime)
  if (content.length !== 15 || content[14] !== LETTER_Z)
    throw der.malformed('a GeneralizedTime is not YYYYMMDDHHMMSSZ')
  return generalized(der, content)
}

/**
 * A GeneralizedTime that may have a fraction of a second without trailing zeros (RFC 3161 §2.4.2).
 *
 * @returns the instant cut to milliseconds, and how many nanoseconds (0 to 999,999) were cut off
 */
export function readPreciseTime(der: DerReader): {
  readonly at: Date
  readonly nanoseconds: number
} {
  const content = der.readContent(DER_TAG.generalizedTime)
  const isTerminated = content.length >= 15 && content.at(-1) === LETTER_Z
  if (!isTerminated) throw der.malformed('a GeneralizedTime is not YYYYMMDDHHMMSS[.f]Z')
  const whole = generalized(der, content)
  if (content.length === 15) return { at: whole, nanoseconds: 0 }
  const digits = content.subarray(15, -1)
  const isFraction =
    content[14] === POINT && digits.length > 0 && digits.length <= 9 && digits.at(-1) !== DIGIT_ZERO
  if (!isFraction) throw der.malformed('a GeneralizedTime has a fraction that is not canonical')
  let fraction = 0
  for (let i = 0; i < 9; i++)
    fraction = fraction * 10 + (i < digits.length ? digit(der, digits, i) : 0)
  const milliseconds = Math.floor(fraction / 1_000_000)
  return {
    at: new Date(whole.getTime() + milliseconds),
    nanoseconds: fraction - milliseconds * 1_000_000,
  }
}

function generalized(der: DerReader, content: Uint8Array): Date {
  return instant(der, content, pair(der, content, 0) * 100 + pair(der, content, 2), 4)
}

function instant(der: DerReader, content: Uint8Array, year: number, monthAt: number): Date {
  const month = pair(der, content, monthAt)
  const day = pair(der, content, monthAt + 2)
  const hour = pair(der, content, monthAt + 4)
  const minute = pair(der, content, monthAt + 6)
  const second = pair(der, content, monthAt + 8)
  const at = new Date(0)
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  at.setUTCFullYear(year, month - 1, day)
  at.setUTCHours(hour, minute, second)
  const isReal =
    at.getUTCMonth() === month - 1 &&
    at.getUTCDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60
  if (!isReal) throw der.malformed('a time names a moment that does not exist')
  return at
}

function pair(der: DerReader, content: Uint8Array, index: number): number {
  return digit(der, content, index) * 10 + digit(der, content, index + 1)
}

function digit(der: DerReader, content: Uint8Array, index: number): number {
  const value = (content[index] ?? 0) - DIGIT_ZERO
  if (value < 0 || value > 9) throw der.malformed('a time holds something other than digits')
  return value
}
