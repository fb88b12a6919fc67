// Subjects that were pushed by digest alone, as the table of states has them: sweeps find everything else by its tags.

import type { SigningEngine } from '../../signing/engine.ts'
import type { Subject } from '../../signing/subject.ts'
import type { Database } from './database.ts'

/** The condition is the one of index subject_untagged. */
const LIST = `
SELECT key, state -> 'subject' AS subject FROM notation_signing.subject
WHERE state -> 'hints' -> 'isUntagged' = 'true'::jsonb AND key > $1
ORDER BY key LIMIT $2`

/** Lists a page; see SigningEngine. */
export async function listUntagged(
  { executeSql }: Database,
  { limit, after = '' }: Parameters<SigningEngine['listUntagged']>[0],
): ReturnType<SigningEngine['listUntagged']> {
  const { rows } = await executeSql(LIST, [after, limit])
  const last = rows.at(-1)
  return {
    // Only the engine has written them.
    subjects: rows.map(({ subject }) => subject as Subject),
    ...(last === undefined || rows.length < limit ? {} : { next: String(last.key) }),
  }
}
