// The database of the signing engine, whichever it is: PostgreSQL, or PGlite in a folder.

/** A row, by column. */
export type Row = Readonly<Record<string, unknown>>

/** Runs statements; values are `$1`, `$2` … */
export interface Statements {
  /** Several statements may stand in one text where there are no values. */
  readonly executeSql: (text: string, values?: unknown[]) => Promise<{ rows: Row[] }>
}

/** A database. Its methods reject with the driver's errors. */
export interface Database extends Statements {
  /** What pg-boss calls it. */
  readonly backend: 'postgres' | 'pglite'
  /** All or nothing: what the work throws undoes it. */
  readonly transaction: <T>(work: (statements: Statements) => Promise<T>) => Promise<T>
  /** Calls back for each notification, and once after each reconnection, when some may have been missed. */
  readonly listen: (channel: string, onNotification: (payload: string) => void) => Promise<void>
  readonly close: () => Promise<void>
}
