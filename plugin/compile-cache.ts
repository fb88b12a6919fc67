// What V8 made of the plugin's source in an earlier run, kept in SM_HOME: compiling it each time would take a
// seventh of a command. Such a file is code, so one that anybody else could have written is not used.

import type { Stats } from 'node:fs'
import type { Script } from 'node:vm'
import { homeFolder } from './home-folder.ts'
import { makePrivateFolder } from './private-folder.ts'

/** A place for one source, one command and one Node. */
export interface CompileCache {
  /** Compiled code, for V8 to check against its own version and the source; undefined when there is none to trust. */
  read(): Buffer | undefined
  /** Puts the code of a script in the place of what was there before. It never throws: the next run will compile again. */
  write(script: Script): void
}

const FOLDER = 'cache'
const FILE_MODE = 0o600
const OF_OTHERS = 0o077
/** The code of the whole plugin takes 300 KiB. */
const MAX_CODE_BYTES = 4 * 1024 * 1024

/**
 * The cache of a command.
 *
 * @param sourceDigest - tells sources apart: V8 itself compares no more than their lengths
 * @param command - what will run, and so decides which functions were compiled
 * @returns undefined where files have no owner to check, as on Windows, or the user has no home
 */
export function openCompileCache(
  environment: Readonly<Record<string, string | undefined>>,
  sourceDigest: string,
  command: string,
): CompileCache | undefined {
  const home = homeFolder(environment.SM_HOME)
  if (home === undefined || process.geteuid === undefined) return undefined
  const folder = `${home}/${FOLDER}`
  const prefix = `${command.replace(/[^a-z-]/g, '')}-`
  const file = `${folder}/${prefix}${sourceDigest}-${process.version}-${process.arch}.v8`
  return {
    read: () => silently(() => readTrusted(folder, file)),
    write: (script) => silently(() => replace(folder, prefix, file, script.createCachedData())),
  }
}

function readTrusted(folder: string, file: string): Buffer | undefined {
  const fs = process.getBuiltinModule('node:fs')
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants
  const folderStatus = fs.lstatSync(folder)
  if (!folderStatus.isDirectory() || !isOursAlone(folderStatus)) return undefined
  const descriptor = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const status = fs.fstatSync(descriptor)
    const isTrusted =
      status.isFile() && isOursAlone(status) && status.nlink === 1 && status.size <= MAX_CODE_BYTES
    return isTrusted ? fs.readFileSync(descriptor) : undefined
  } finally {
    fs.closeSync(descriptor)
  }
}

/** Written beside and renamed, so that no other process reads half of it. */
function replace(folder: string, prefix: string, file: string, code: Uint8Array): void {
  const fs = process.getBuiltinModule('node:fs')
  makePrivateFolder(folder)
  const status = fs.lstatSync(folder)
  if (!status.isDirectory() || !isOursAlone(status)) return
  const unfinished = `${folder}/${process.pid}.new`
  fs.writeFileSync(unfinished, code, { mode: FILE_MODE, flag: 'wx' })
  for (const name of fs.readdirSync(folder))
    if (name.startsWith(prefix)) fs.unlinkSync(`${folder}/${name}`)
  fs.renameSync(unfinished, file)
}

function isOursAlone({ uid, mode }: Stats): boolean {
  return uid === process.geteuid?.() && (mode & OF_OTHERS) === 0
}

function silently<T>(access: () => T): T | undefined {
  try {
    return access()
  } catch {
    return undefined
  }
}
