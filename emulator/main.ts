// Process glue of the emulator command: arguments in, an emulator up until a signal comes.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { HELP, parseCommandLine } from './command-line.ts'
import { SetupError } from './setup-error.ts'
import { type EmulatorOptions, type RunningEmulator, startEmulator } from './start.ts'

/** Shells report a process that a second SIGINT ended so. */
const INTERRUPTED_STATUS = 130

try {
  const command = parseCommandLine(process.argv.slice(2))
  if (command.command === 'help') process.stdout.write(HELP)
  else await runUntilSignal(command.options)
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

async function runUntilSignal(options: EmulatorOptions): Promise<void> {
  const signal = nextSignal()
  const temporary =
    options.stateDir === undefined ? await mkdtemp(join(tmpdir(), 'stm-emulator-')) : undefined
  const stateDir = options.stateDir ?? temporary ?? ''
  const log = (line: string) => process.stderr.write(`${line}\n`)
  try {
    const emulator = await startEmulator({ ...options, stateDir, log })
    process.stdout.write(announcement(emulator, stateDir))
    await signal
    process.once('SIGINT', () => process.exit(INTERRUPTED_STATUS))
    await emulator.close()
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true })
  }
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve())
  })
}

function announcement(emulator: RunningEmulator, stateDir: string): string {
  return `Software Trust Manager emulator, for tests only
  API         ${emulator.url}
  TSA         ${emulator.tsaUrl}
  revocation  ${emulator.revocationUrl ?? 'none: certificates name no responders'}
  control     ${emulator.controlUrl}
  keypairs    ${emulator.keypairs.map(({ alias }) => alias).join(' ')}

In another shell: . '${resolve(stateDir, 'env')}'
`
}
