// Subjects in a database that no other process can open: who is at work in this process is all there is to know.

import type { SubjectState } from '../../signing/subject-state.ts'
import type { Database } from './database.ts'
import { createLines, type Subjects } from './subject-lines.ts'

const READ = 'SELECT state FROM notation_signing.subject WHERE key = $1'
const WRITE = `
INSERT INTO notation_signing.subject (key, state) VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET state = $2, updated_at = now()`

/**
 * Creates them.
 *
 * @param onWrite - told of each state that was written
 */
export function createLocalSubjects(
  { executeSql }: Database,
  onWrite: (key: string) => void,
): Subjects {
  const inLine = createLines()
  return {
    hold: (key, work) =>
      inLine(key, () =>
        work({
          async read() {
            const { rows } = await executeSql(READ, [key])
            // What is in the column only this file has written.
            return (rows[0]?.state as SubjectState | undefined) ?? undefined
          },
          async write(next) {
            await executeSql(WRITE, [key, JSON.stringify(next)])
            onWrite(key)
          },
        }),
      ),
  }
}
