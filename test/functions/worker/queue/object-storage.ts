// The storage of a Durable Object in this process, where its tables and its alarm can be looked at.

import { DatabaseSync } from 'node:sqlite'
import type { ObjectStorage, SqlRow } from '../../../../functions/worker/queue/platform.ts'

/** As the object has it, and what tests ask. */
export interface WatchedStorage extends ObjectStorage {
  /** Rows that statements have answered; a test may empty it. */
  readonly read: SqlRow[]
  /** Names of the tables that there are. */
  tables(): readonly unknown[]
  count(table: string): unknown
  /** How each statement so far finds its rows, as SQLite plans it: `SEARCH job USING INDEX …`. */
  plans(): readonly string[]
}

/** Empty storage, in memory. */
export function createObjectStorage(): WatchedStorage {
  let database = new DatabaseSync(':memory:')
  let alarm: number | null = null
  const read: SqlRow[] = []
  const asked = new Set<string>()
  return {
    sql: {
      exec(statements, ...values) {
        if (values.length === 0 && statements.includes(';')) {
          database.exec(statements)
          return { toArray: () => [] }
        }
        asked.add(statements)
        const rows = database.prepare(statements).all(...values) as SqlRow[]
        read.push(...rows)
        return { toArray: () => rows }
      },
    },
    getAlarm: async () => alarm,
    async setAlarm(scheduledTime) {
      alarm = scheduledTime
    },
    async deleteAll() {
      database.close()
      database = new DatabaseSync(':memory:')
    },
    read,
    tables: () =>
      database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .all()
        .map(({ name }) => name),
    plans: () =>
      [...asked].flatMap((statement) =>
        database
          .prepare(`EXPLAIN QUERY PLAN ${statement}`)
          .all()
          .map(({ detail }) => String(detail)),
      ),
    count: (table) => database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.rows,
  }
}
