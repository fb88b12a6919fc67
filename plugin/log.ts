// The log file. Logging never fails a command, and never reaches stdout or stderr: these belong to the protocol.

import type { SettingSource } from '../shared/stm/settings.ts'
import { makePrivateFolder } from './private-folder.ts'

/** From quiet to talkative; FATAL and ERROR are for failures that end a command. */
const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] as const
/** How grave a line is. */
export type LogLevel = (typeof LEVELS)[number]

/** Writes lines that the level lets through. */
export interface Log {
  readonly write: (level: LogLevel, message: string) => void
}

const DEFAULT_LEVEL: LogLevel = 'INFO'
/** Values of SM_LOG_OUTPUT for no log. All others mean the file: also stdout, console and stderr, which the guide names. */
const NO_OUTPUT: readonly string[] = ['discard', 'none', 'null']
const DEFAULT_FILE_NAME = 'sm-client.log'

/**
 * Opens the log that the settings describe: `$SM_HOME/logs/sm-client.log` by default, mode 0600 in a folder of 0700.
 *
 * Nothing is written, not even the folder, before the first line that the level lets through.
 *
 * @param home - SM_HOME, or what stands for it; undefined means that there is none
 * @param redact - takes secrets out of a line
 */
export function openLog(
  setting: SettingSource,
  home: () => string | undefined,
  redact: (text: string) => string,
  now: () => Date,
): Log {
  const level = parseLevel(setting('SM_LOG_LEVEL'))
  return {
    write(lineLevel, message) {
      if (LEVELS.indexOf(lineLevel) > LEVELS.indexOf(level)) return
      const file = logFile(setting, home)
      if (file === undefined) return
      // One line an entry, whatever a service put into a message.
      const text = redact(message).replace(/\p{C}+/gu, ' ')
      append(file, `${now().toISOString()} ${lineLevel.padEnd(5)} [${process.pid}] ${text}\n`)
    },
  }
}

function parseLevel(text = ''): LogLevel {
  const word = text.trim().toUpperCase()
  return LEVELS.find((level) => level === word) ?? DEFAULT_LEVEL
}

function logFile(setting: SettingSource, home: () => string | undefined): string | undefined {
  const output = (setting('SM_LOG_OUTPUT') ?? '').trim().toLowerCase()
  if (NO_OUTPUT.includes(output)) return undefined
  const { basename, join } = process.getBuiltinModule('node:path')
  const directory = setting('SM_LOG_DIR') ?? logsOf(home())
  const name = basename(setting('SM_LOG_FILE_NAME') ?? DEFAULT_FILE_NAME)
  return directory === undefined ? undefined : join(directory, name)
}

function logsOf(home: string | undefined): string | undefined {
  return home === undefined ? undefined : process.getBuiltinModule('node:path').join(home, 'logs')
}

/** Appends to a regular file of ours. A link, a pipe or a device in its place is left alone. */
function append(file: string, line: string): void {
  const fs = process.getBuiltinModule('node:fs')
  const { O_APPEND, O_CREAT, O_WRONLY } = fs.constants
  // Absent on Windows. Without O_NONBLOCK, opening a pipe that nobody reads would wait for ever.
  const flags =
    O_WRONLY | O_APPEND | O_CREAT | (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0)
  let descriptor: number | undefined
  try {
    makePrivateFolder(process.getBuiltinModule('node:path').dirname(file))
    descriptor = fs.openSync(file, flags, 0o600)
    if (fs.fstatSync(descriptor).isFile()) fs.writeSync(descriptor, line)
  } catch {
    // There is no other place to say so.
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor)
  }
}
