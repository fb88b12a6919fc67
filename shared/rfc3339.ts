// Instants as text (RFC 3339): read with any offset and fraction, written in UTC with whole seconds.
// Left out: leap seconds and the lower-case letters, which Go does not read either.

import { NotationError } from './errors.ts'

const INSTANT =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/
const MINUTE_MS = 60_000

/**
 * The instant of a text; fractions are cut to milliseconds.
 *
 * @throws {NotationError} `encoding-invalid`, also for days and hours that do not exist
 */
export function parseRfc3339(text: string): Date {
  const [, local, fraction, sign, hours, minutes] = INSTANT.exec(text) ?? []
  const at = new Date(`${local}Z`)
  // Date takes 30 February and 24:00, for the day after.
  if (local === undefined || Number.isNaN(at.getTime()) || !at.toISOString().startsWith(local))
    throw new NotationError(
      'encoding-invalid',
      `Cannot read time ${JSON.stringify(text)}: it is not of the form 2030-01-02T03:04:05Z`,
    )
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS
  const milliseconds = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'))
  return new Date(at.getTime() + milliseconds + (sign === '-' ? offsetMs : -offsetMs))
}

/** The text of an instant, whose milliseconds are dropped. */
export function encodeRfc3339(at: Date): string {
  return at.toISOString().replace(/\.\d+Z$/, 'Z')
}
