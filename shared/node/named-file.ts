// Reading files that a setting names: each way in which that fails is told with the setting's name.

import { type ErrorCode, NotationError } from '../errors.ts'
import { setupFailed } from './connection-error.ts'

/** Certificates and keys take a few KiB. */
const MAX_FILE_BYTES = 1024 * 1024
/** The longest path of Windows without further ado; the content of a file given in place of its name is longer. */
const MAX_SHOWN_PATH_CHARACTERS = 260

const FOUND_BY_CODE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read by this user',
  EPERM: 'it may not be read by this user',
}

/**
 * Reads a file whole; at most MAX_FILE_BYTES, regular files only.
 *
 * @param setting - name of the setting that holds the path, for messages
 * @throws {NotationError} `configuration-invalid`
 */
export function readNamedFile(setting: string, path: string): Uint8Array {
  const fs = process.getBuiltinModule('node:fs')
  try {
    const status = fs.statSync(path)
    if (!status.isFile()) throw unreadable(setting, path, 'it is not a file')
    if (status.size > MAX_FILE_BYTES)
      throw unreadable(
        setting,
        path,
        `it has ${status.size} bytes, at most ${MAX_FILE_BYTES} are read`,
      )
    return fs.readFileSync(path)
  } catch (cause) {
    if (cause instanceof NotationError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw unreadable(setting, path, FOUND_BY_CODE[code] ?? `reading it failed (${code})`)
  }
}

/**
 * Runs what reads a file's content, and names setting and file in what it throws.
 *
 * @throws {NotationError} of the given code, in the words of DigiCert's guide
 */
export function inNamedFile<T>(setting: string, path: string, code: ErrorCode, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof NotationError)) throw cause
    throw new NotationError(code, setupFailed(`${setting} ${shownPath(path)}: ${cause.message}`), {
      cause,
    })
  }
}

function unreadable(setting: string, path: string, found: string): NotationError {
  const remedy = isShowable(path)
    ? ''
    : '; it looks like the content of a file: decode it into one and set the path'
  return new NotationError(
    'configuration-invalid',
    setupFailed(`cannot read ${setting} ${shownPath(path)}: ${found}${remedy}`),
  )
}

/** The path, unless it is a file's content, which may be a key. */
function shownPath(path: string): string {
  return isShowable(path) ? JSON.stringify(path) : `(a value of ${path.length} characters)`
}

function isShowable(path: string): boolean {
  return (
    path.length <= MAX_SHOWN_PATH_CHARACTERS &&
    !/^\s*(MI[A-Za-z0-9+/=\s]{60,}|-----BEGIN)/.test(path)
  )
}
