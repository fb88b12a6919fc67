// Where a page of jobs goes on: after a job's place in the order of their making, whether or not the job is still there.

import { NotationError } from '../../shared/errors.ts'

/** A place. */
export interface JobCursor {
  /** When the job was made: RFC 3339 in UTC, with milliseconds or microseconds. */
  readonly time: string
  /** Its UUID. */
  readonly id: string
}

const FORM =
  /^(?<time>[1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z)_(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

/**
 * Reads a cursor.
 *
 * @throws {NotationError} `request-invalid` for one that no page gave
 */
export function parseJobCursor(text: string): JobCursor {
  const { time = '', id = '' } = FORM.exec(text)?.groups ?? {}
  if (isOfCalendar(time)) return { time, id }
  throw new NotationError('request-invalid', 'Cannot list jobs: "after" is none of a page\'s')
}

/** `Date` takes the 30th of February for a day in March; PostgreSQL does not take it. */
function isOfCalendar(time: string): boolean {
  const milliseconds = Date.parse(time)
  if (Number.isNaN(milliseconds)) return false
  const toTheSecond = 'YYYY-MM-DDThh:mm:ss'.length
  return new Date(milliseconds).toISOString().slice(0, toTheSecond) === time.slice(0, toTheSecond)
}

/** Writes it. */
export function encodeJobCursor({ time, id }: JobCursor): string {
  return `${time}_${id}`
}
