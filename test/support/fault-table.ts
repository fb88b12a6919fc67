// The fault table of a test file: what each fault cost, as it was measured, printed when the file has ended.

import { afterAll } from 'vitest'

/** What came of one fault. */
export interface FaultRow {
  /** `registry killed with a backlog`. */
  readonly fault: string
  /** What the queue lies in: `PGlite`, `PostgreSQL`, `Workers`. */
  readonly engine: string
  readonly images: number
  /** Of our profile, on all images together, counted in the registry. */
  readonly signatures: number
  /** That reached Software Trust Manager, answered or not. */
  readonly signRequests: number
  /** Attempts that failed and were put off. */
  readonly requeued?: number
  /** Dead letters at the end. */
  readonly dead?: number
  readonly note?: string
}

const COLUMNS: readonly (readonly [title: string, cell: (row: FaultRow) => string])[] = [
  ['fault', ({ fault }) => fault],
  ['engine', ({ engine }) => engine],
  ['images', ({ images }) => String(images)],
  ['signatures', ({ signatures }) => String(signatures)],
  ['sign requests', ({ signRequests }) => String(signRequests)],
  ['requeued', ({ requeued }) => String(requeued ?? '')],
  ['dead', ({ dead }) => String(dead ?? '')],
  ['note', ({ note }) => note ?? ''],
]

const rows: FaultRow[] = []

/** Adds a row to the table of the test file. */
export function recordFault(row: FaultRow): void {
  rows.push(row)
}

afterAll(() => {
  if (rows.length > 0) console.log(formatFaults(rows))
})

/** A table in Markdown, its columns aligned. */
export function formatFaults(faults: readonly FaultRow[]): string {
  const columns = COLUMNS.map(([title, cell]) => {
    const cells = [title, ...faults.map(cell)]
    const width = Math.max(...cells.map(({ length }) => length))
    const [head = '', ...body] = cells.map((text) => text.padEnd(width))
    return [head, '-'.repeat(width), ...body]
  })
  return Array.from(
    { length: faults.length + 2 },
    (_, line) => `| ${columns.map((cells) => cells[line]).join(' | ')} |`,
  ).join('\n')
}
