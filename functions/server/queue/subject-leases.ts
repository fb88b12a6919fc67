// One actor for each subject, whatever machine it runs on: a lease in the database, which every write of a state
// checks.

import { setTimeout as wait } from 'node:timers/promises'
import { NotationError } from '../../../shared/errors.ts'
import type { SubjectStore } from '../../signing/engine.ts'
import type { SubjectState } from '../../signing/subject-state.ts'
import type { Database } from './database.ts'
import { createLines, type Subjects } from './subject-lines.ts'

/** A lease that is not renewed ends after this: so long a subject waits after its actor's machine has died. */
const LEASE_SECONDS = 10
/** A third of it: two renewals may fail. */
const RENEWAL_MS = (LEASE_SECONDS * 1000) / 3
/** Another machine's actor is asked for this often, because nothing tells when it is done. */
const BUSY_POLL_MS = 50
/** Whoever waits longer comes again: a caller's gateway has given up by then, and a task has another attempt. */
const MAX_BUSY_MS = 30_000

const ACQUIRE = `
INSERT INTO notation_signing.subject AS s (key, lease_owner, lease_until)
VALUES ($1, $2, now() + make_interval(secs => $3))
ON CONFLICT (key) DO UPDATE SET lease_owner = $2, lease_until = now() + make_interval(secs => $3)
WHERE s.lease_owner IS NULL OR s.lease_until < now()
RETURNING state`
const RENEW = `
UPDATE notation_signing.subject SET lease_until = now() + make_interval(secs => $3)
WHERE key = $1 AND lease_owner = $2`
const WRITE = `
WITH written AS (
  UPDATE notation_signing.subject
  SET state = $4, updated_at = now(), lease_until = now() + make_interval(secs => $3)
  WHERE key = $1 AND lease_owner = $2 AND lease_until > now()
  RETURNING key
)
SELECT key, pg_notify('notation_signing_state', key) FROM written`
const RELEASE = `
UPDATE notation_signing.subject SET lease_owner = NULL, lease_until = NULL
WHERE key = $1 AND lease_owner = $2`

/**
 * Creates the leases of a process.
 *
 * @param onWrite - told of each state that was written
 */
export function createSubjectLeases(database: Database, onWrite: (key: string) => void): Subjects {
  const process = crypto.randomUUID()
  const inLine = createLines()
  let leases = 0
  return {
    hold: (key, work) => {
      // Of each time it is held: what one actor began, the next one of this process must not write on.
      leases += 1
      const owner = `${process}/${leases}`
      return inLine(key, () => holdLease(key, owner, work, database, onWrite))
    },
  }
}

async function holdLease<T>(
  key: string,
  owner: string,
  work: (store: SubjectStore) => Promise<T>,
  { executeSql }: Database,
  onWrite: (key: string) => void,
): Promise<T> {
  let state = await acquire(key, owner, executeSql)
  const renewal = setInterval(() => {
    // A write finds out whether the lease still is ours.
    executeSql(RENEW, [key, owner, LEASE_SECONDS]).catch(() => {})
  }, RENEWAL_MS)
  try {
    return await work({
      read: async () => state,
      async write(next) {
        const { rows } = await executeSql(WRITE, [key, owner, LEASE_SECONDS, JSON.stringify(next)])
        if (rows.length === 0) throw unavailable('another worker has taken the artifact over')
        state = next
        onWrite(key)
      },
    })
  } finally {
    clearInterval(renewal)
    // Else it runs out by itself.
    await executeSql(RELEASE, [key, owner]).catch(() => {})
  }
}

async function acquire(
  key: string,
  owner: string,
  executeSql: Database['executeSql'],
): Promise<SubjectState | undefined> {
  const deadline = performance.now() + MAX_BUSY_MS
  while (performance.now() < deadline) {
    const { rows } = await executeSql(ACQUIRE, [key, owner, LEASE_SECONDS])
    const [row] = rows
    // What is in the column only this file has written.
    if (row !== undefined) return (row.state as SubjectState | null) ?? undefined
    await wait(BUSY_POLL_MS)
  }
  throw unavailable('another worker is at the artifact')
}

function unavailable(found: string): NotationError {
  return new NotationError('queue-unavailable', `Cannot store the state: ${found}; try again`)
}
