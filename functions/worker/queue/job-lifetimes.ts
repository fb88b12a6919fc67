// How long jobs stay in the directory, which hears of them only what senders and consumers say.

import type { ObjectStorage } from './platform.ts'

type Sql = ObjectStorage['sql']

const DAY_MS = 24 * 3600 * 1000
/** Dead letters are kept this long. */
const DEAD_LETTER_MS = 30 * DAY_MS
/** Whoever noted a task this long ago and has not said since that the queue has it was interrupted. */
const SENDING_MS = 1000
/** A task that has waited this long for its first attempt may have been purged from the queue: another counts again. */
const STALE_WAIT_MS = 20 * 60_000
/** Queues keep no message longer: until then it is remembered how often a task was attempted. */
const MESSAGE_MS = 14 * DAY_MS
/** A task at work for this long was interrupted: consumers end after fifteen minutes. */
const STALE_WORK_MS = 20 * 60_000

/** Behind the key of what waits for its next attempt. */
export const AGAIN = ' again'

/** Forgets what keeps others of its kind from being sent, and is not going to be performed. */
export function forgetOldNotes(sql: Sql, nowMs: number): void {
  forget(sql, 'sending', nowMs - SENDING_MS)
  forget(sql, 'queued', nowMs - MESSAGE_MS)
  const neverAttempted =
    "DELETE FROM job WHERE state = 'queued' AND updated_ms < ? AND attempts = 0"
  sql.exec(neverAttempted, nowMs - STALE_WAIT_MS)
}

/** Forgets what is over for whoever asks what there is; what was interrupted waits. */
export function forgetOldJobs(sql: Sql, nowMs: number): void {
  forget(sql, 'sending', nowMs - SENDING_MS)
  forget(sql, 'dead', nowMs - DEAD_LETTER_MS)
  // Its message comes again.
  const interrupted =
    "UPDATE job SET state = 'queued', key = key || ?, updated_ms = ? WHERE state = 'active' AND updated_ms < ?"
  sql.exec(interrupted, AGAIN, nowMs, nowMs - STALE_WORK_MS)
}

function forget(sql: Sql, state: string, beforeMs: number): void {
  sql.exec('DELETE FROM job WHERE state = ? AND updated_ms < ?', state, beforeMs)
}
