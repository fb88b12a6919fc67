// PGlite: PostgreSQL in a thread of this process, its files in a folder that no other process may open.

import { join } from 'node:path'
import pg from 'pg'
import type { Database } from './database.ts'
import { lockFolder, refused } from './folder-lock.ts'
import { type PgliteThread, startPglite } from './pglite-stream.ts'
import { createPoolStatements } from './pool-statements.ts'

/** Below the folder, beside the lock. */
const DATA_FOLDER = 'pglite'
/** What PGlite sets up, and lets in without a password. */
const SESSION = { user: 'postgres', database: 'postgres' }
/** The engine and pg-boss have some thirty statements; what else comes is not kept. */
const MAX_PREPARED = 100

/** @throws {NotationError} `configuration-invalid` when another process uses the folder, or it cannot be read */
export async function openPgliteDatabase(folder: string): Promise<Database> {
  const lock = lockFolder(folder)
  try {
    const pglite = await openFiles(folder)
    // It has one session, so one connection is all there is, for as long as it is open.
    const pool = new pg.Pool({
      ...SESSION,
      stream: pglite.openStream,
      max: 1,
      idleTimeoutMillis: 0,
    })
    return {
      backend: 'pglite',
      ...createPoolStatements(pool, createNaming()),
      // Nobody else is there to notify.
      listen: async () => {},
      async close() {
        await pool.end()
        await pglite.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** It cannot be opened again in this process: that ends, with the reason, and the next one takes its tasks up. */
function endProcess(failure: Error): never {
  throw failure
}

/** @throws {NotationError} `configuration-invalid` for files that PGlite cannot open */
async function openFiles(folder: string): Promise<PgliteThread> {
  try {
    return await startPglite(join(folder, DATA_FOLDER), endProcess)
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    const remedy =
      'restore it, or move it away: signatures that stand are found again, and what is unsigned by a sweep'
    throw refused(folder, `PGlite cannot open its files (${found}); ${remedy}`, cause)
  }
}

/** To read and to plan a statement takes longer here than to carry it out: each is prepared once. */
function createNaming(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    // A text of several statements cannot be prepared.
    if (known !== undefined || names.size === MAX_PREPARED || text.includes(';')) return known
    const name = `statement-${names.size}`
    names.set(text, name)
    return name
  }
}
