// Instants as an envelope has them written: notation shows a time of a JWS with the offset and, in newer
// versions, the fraction that it was written with. A Date keeps neither.

import { encodeRfc3339 } from '../rfc3339.ts'

/** An instant as text, in its parts. */
export interface WrittenTime {
  /** `2030-01-02T03:04:05`. */
  readonly local: string
  /** Digits behind the dot without zeros at the end, nine at most; empty for whole seconds. */
  readonly fraction: string
  /** `Z` or `+08:00`. */
  readonly offset: string
}

const PARTS = /^(.{19})(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/
/** Go knows no finer time. */
const MAX_FRACTION_DIGITS = 9
const NANOSECONDS_PER_MILLISECOND = 1_000_000n

/** The parts of a text that parseRfc3339 has read; undefined for any other. */
export function splitTime(text: string): WrittenTime | undefined {
  const [, local, fraction = '', offset] = PARTS.exec(text) ?? []
  if (local === undefined || offset === undefined) return undefined
  return {
    local,
    fraction: fraction.slice(0, MAX_FRACTION_DIGITS).replace(/0+$/, ''),
    // Go writes an offset of nothing as Z.
    offset: offset.endsWith('00:00') ? 'Z' : offset,
  }
}

/** An instant, `nanoseconds` later or earlier, in UTC. */
export function writeTime(at: Date, nanoseconds = 0n): WrittenTime {
  const total = BigInt(at.getTime()) * NANOSECONDS_PER_MILLISECOND + nanoseconds
  const perSecond = 1000n * NANOSECONDS_PER_MILLISECOND
  // Towards the past, also before 1970.
  const rest = ((total % perSecond) + perSecond) % perSecond
  const second = new Date(Number((total - rest) / NANOSECONDS_PER_MILLISECOND))
  return {
    local: encodeRfc3339(second).slice(0, -1),
    fraction: rest.toString().padStart(MAX_FRACTION_DIGITS, '0').replace(/0+$/, ''),
    offset: 'Z',
  }
}

/** Whole seconds, as Go's time.RFC3339. */
export function formatSeconds({ local, offset }: WrittenTime): string {
  return `${local}${offset}`
}

/** With the fraction, as Go's time.RFC3339Nano. */
export function formatNanoseconds({ local, fraction, offset }: WrittenTime): string {
  return `${local}${fraction === '' ? '' : `.${fraction}`}${offset}`
}
