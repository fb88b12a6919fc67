// The tables of the directory: tasks that wait or are at work, dead letters, budgets, what was pushed without a tag,
// documents.

/** Makes those that are missing. */
export const TABLES = `
CREATE TABLE IF NOT EXISTS job (
  id TEXT PRIMARY KEY, key TEXT NOT NULL, state TEXT NOT NULL, task TEXT NOT NULL, attempts INTEGER NOT NULL,
  code TEXT, message TEXT, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS job_key ON job (state, key);
CREATE INDEX IF NOT EXISTS job_order ON job (state, created_ms, id);
CREATE INDEX IF NOT EXISTS job_age ON job (state, updated_ms);
CREATE TABLE IF NOT EXISTS budget (budget TEXT, day TEXT, token TEXT, PRIMARY KEY (budget, day, token));
CREATE TABLE IF NOT EXISTS budget_day (budget TEXT, day TEXT, taken INTEGER NOT NULL, PRIMARY KEY (budget, day));
CREATE TABLE IF NOT EXISTS untagged (key TEXT PRIMARY KEY, subject TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, document TEXT NOT NULL);
`
