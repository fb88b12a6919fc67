// The engine's own tables, beside those of pg-boss: states and leases of subjects, budgets, documents.

import type { Database } from './database.ts'

/** Two processes that start at the same time make them one after the other. */
const LOCK = 7_302_611
/**
 * Written so that it can run again: what a later version adds is added here, guarded in the same way.
 */
const TABLES = `
CREATE SCHEMA IF NOT EXISTS notation_signing;
CREATE TABLE IF NOT EXISTS notation_signing.subject (
  key text PRIMARY KEY,
  state jsonb,
  updated_at timestamptz NOT NULL DEFAULT now(),
  lease_owner text,
  lease_until timestamptz
);
CREATE INDEX IF NOT EXISTS subject_updated_at ON notation_signing.subject (updated_at);
CREATE INDEX IF NOT EXISTS subject_untagged ON notation_signing.subject (key)
  WHERE state -> 'hints' -> 'isUntagged' = 'true'::jsonb;
CREATE TABLE IF NOT EXISTS notation_signing.budget (
  budget text NOT NULL,
  day text NOT NULL,
  token text NOT NULL,
  PRIMARY KEY (budget, day, token)
);
CREATE TABLE IF NOT EXISTS notation_signing.budget_day (
  budget text NOT NULL,
  day text NOT NULL,
  taken integer NOT NULL,
  PRIMARY KEY (budget, day)
);
CREATE TABLE IF NOT EXISTS notation_signing.document (
  key text PRIMARY KEY,
  document jsonb NOT NULL
);
`

/** Makes the tables that are missing. */
export async function createTables(database: Database): Promise<void> {
  await alone(database, () => database.executeSql(TABLES))
}

/** Does work that no other process that starts now does at the same time. PGlite has one process anyway. */
export async function alone(database: Database, work: () => Promise<unknown>): Promise<void> {
  if (database.backend === 'pglite') {
    await work()
    return
  }
  await database.transaction(async ({ executeSql }) => {
    await executeSql('SELECT pg_advisory_xact_lock($1)', [LOCK])
    await work()
  })
}
