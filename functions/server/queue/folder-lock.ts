// An exclusive lock on a folder, held as long as this process lives: two databases in one folder lose rows
// without an error.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { NotationError } from '../../../shared/errors.ts'

/** A lock that is held. */
export interface FolderLock {
  readonly release: () => void
}

/** SQLite's file lock is the operating system's: it ends with the process, however that ends, and no pid is asked. */
const LOCK_FILE = 'lock.sqlite'
/** Locks that are held: one that nothing referred to would be collected, and its file closed. */
const HELD = new Set<DatabaseSync>()
/** For the message to whoever comes second. */
const HOLDER_FILE = 'lock.pid'

/**
 * Locks a folder, which is made where it is missing.
 *
 * @throws {NotationError} `configuration-invalid` when another process holds it, or the folder cannot be written
 */
export function lockFolder(folder: string): FolderLock {
  const database = openDatabase(folder)
  try {
    database.exec('BEGIN EXCLUSIVE')
    writeFileSync(join(folder, HOLDER_FILE), `${process.pid}\n`)
  } catch (cause) {
    database.close()
    throw refused(folder, isInUse(cause) ? usedBy(readHolder(folder)) : textOf(cause), cause)
  }
  HELD.add(database)
  return {
    release() {
      HELD.delete(database)
      database.close()
    },
  }
}

/** SQLite's code for a lock that somebody else holds. */
const SQLITE_BUSY = 5

function isInUse(cause: unknown): boolean {
  return (cause as { readonly errcode?: number }).errcode === SQLITE_BUSY
}

function usedBy(holder: string): string {
  return `process ${holder} uses it; give each process its own, or set QUEUE_URL to a PostgreSQL that all use`
}

function openDatabase(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return new DatabaseSync(join(folder, LOCK_FILE))
  } catch (cause) {
    throw refused(folder, textOf(cause), cause)
  }
}

function readHolder(folder: string): string {
  try {
    return readFileSync(join(folder, HOLDER_FILE), 'utf8').trim()
  } catch {
    return 'of an unknown id'
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}

/** That QUEUE_DIR cannot be used, and why. */
export function refused(folder: string, found: string, cause: unknown): NotationError {
  const message = `Cannot use the folder ${JSON.stringify(folder)} of QUEUE_DIR: ${found}`
  return new NotationError('configuration-invalid', message, { cause })
}
