// What was asked of the emulator, in order: one entry and one log line a request. Neither holds a
// header, a body or a query value, because those carry credentials.

import { MAX_JOURNAL_ENTRIES } from './limits.ts'

/** One request. */
export interface JournalEntry {
  readonly method: string
  /** Path and query, still percent-encoded. */
  readonly path: string
  readonly operation: Operation | 'unknown'
  /** HTTP status; undefined while there is no answer, and for a connection that was reset. */
  status?: number
}

/** Everything that can be counted, made to fail, or looked up by name. */
export const OPERATIONS = [
  'list-keypairs',
  'create-keypair',
  'get-keypair',
  'sign',
  'list-certificates',
  'get-certificate',
  'get-signature',
  'get-user',
  'timestamp',
  'ocsp',
  'crl',
] as const
/** One of them. */
export type Operation = (typeof OPERATIONS)[number]

/** Requests in the order in which they came, the newest MAX_JOURNAL_ENTRIES. */
export class Journal {
  readonly entries: JournalEntry[] = []
  /** Gets one line, without a line break. */
  readonly log: (line: string) => void

  constructor(log: (line: string) => void) {
    this.log = log
  }

  /** Notes a request at its start, so that one without an answer is counted too. */
  begin(method: string, path: string): Mutable<JournalEntry> {
    const entry = { method, path, operation: 'unknown' as const }
    this.entries.push(entry)
    if (this.entries.length > MAX_JOURNAL_ENTRIES) this.entries.shift()
    return entry
  }

  /** Notes the answer and logs the line. */
  end(entry: Mutable<JournalEntry>, status: number, startedMs: number): void {
    // Response.error() has status 0: the connection ends without an answer.
    if (status !== 0) entry.status = status
    const [pathname] = entry.path.split('?')
    const tookMs = Math.round(performance.now() - startedMs)
    this.log(
      `${entry.method} ${pathname} ${entry.operation} ${entry.status ?? 'no answer'} ${tookMs} ms`,
    )
  }
}

/** The entry while its request runs. */
export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }
