// Budgets of days in the directory's tables: how much of each is taken, and by which tokens. Who looks after them
// in time is the directory.

import type { ObjectStorage } from './platform.ts'

type Sql = ObjectStorage['sql']

/** Tokens that are forgotten at once: a day may have hundreds of thousands, and signatures wait meanwhile. */
const MAX_FORGOTTEN = 10_000

/** Takes one of a day's signatures of a budget; see SigningLedger. */
export function takeOfDay(
  sql: Sql,
  budget: string,
  day: string,
  limit: number,
  token: string,
): boolean {
  const isKnown = 'SELECT 1 FROM budget WHERE budget = ? AND day = ? AND token = ?'
  if (sql.exec(isKnown, budget, day, token).toArray().length > 0) return true
  // Counted beside the tokens, so that none of them is read.
  const found = 'SELECT taken FROM budget_day WHERE budget = ? AND day = ?'
  const [counted] = sql.exec(found, budget, day).toArray()
  const taken = Number(counted?.taken ?? 0)
  if (taken >= limit) return false
  sql.exec('INSERT INTO budget VALUES (?, ?, ?)', budget, day, token)
  sql.exec('INSERT OR REPLACE INTO budget_day VALUES (?, ?, ?)', budget, day, taken + 1)
  return true
}

/**
 * Forgets days before one, a part of them at a time.
 *
 * @param firstDay - `2026-01-31`, UTC: the first that is kept
 * @returns whether there is more to forget now, or only days that are kept, or nothing at all
 */
export function forgetDays(sql: Sql, firstDay: string): 'more' | 'kept' | 'empty' {
  const [old] = sql
    .exec('SELECT budget, day FROM budget_day WHERE day < ? LIMIT 1', firstDay)
    .toArray()
  if (old === undefined) {
    const kept = sql.exec('SELECT 1 FROM budget_day LIMIT 1').toArray()
    return kept.length > 0 ? 'kept' : 'empty'
  }
  const [budget, day] = [String(old.budget), String(old.day)]
  const tokens = 'SELECT rowid FROM budget WHERE budget = ? AND day = ? LIMIT ?'
  sql.exec(`DELETE FROM budget WHERE rowid IN (${tokens})`, budget, day, MAX_FORGOTTEN)
  const rest = sql.exec(tokens, budget, day, 1).toArray()
  if (rest.length === 0)
    sql.exec('DELETE FROM budget_day WHERE budget = ? AND day = ?', budget, day)
  return 'more'
}
