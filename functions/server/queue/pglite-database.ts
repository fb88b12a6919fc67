// PGlite: PostgreSQL in this process, its files in a folder that no other process may open.

import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { fromPglite } from 'pg-boss'
import type { Database, Row } from './database.ts'
import { lockFolder } from './folder-lock.ts'

/** Below the folder, beside the lock. */
const DATA_FOLDER = 'pglite'

/** @throws {NotationError} `configuration-invalid` when another process uses the folder */
export async function openPgliteDatabase(folder: string): Promise<Database> {
  const lock = lockFolder(folder)
  try {
    const pglite = await PGlite.create(join(folder, DATA_FOLDER))
    const { executeSql } = fromPglite(pglite)
    return {
      backend: 'pglite',
      executeSql,
      transaction: (work) =>
        pglite.transaction((transaction) =>
          work({
            async executeSql(text, values) {
              if (values !== undefined && values.length > 0)
                return { rows: (await transaction.query<Row>(text, values)).rows }
              const results = await transaction.exec(text)
              return { rows: results.flatMap(({ rows }) => rows as Row[]) }
            },
          }),
        ),
      // Nobody else is there to notify.
      listen: async () => {},
      async close() {
        await pglite.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}
