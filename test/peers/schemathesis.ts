// Schemathesis, which sends what an OpenAPI document allows and does not allow: where it is installed, and its
// installation. Everything that it needs is locked in schemathesis/requirements.txt.

import { spawnSync } from 'node:child_process'
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'schemathesis')
const REQUIREMENTS = join(import.meta.dirname, 'schemathesis', 'requirements.txt')

/** Where its Python is, or will be; `-m schemathesis.cli` runs it. */
export const SCHEMATHESIS_PYTHON = join(FOLDER, 'bin', 'python')

/**
 * Installs it where it is missing, in an environment of its own.
 *
 * @returns undefined, or why it cannot be installed
 */
export function installSchemathesis(): string | undefined {
  if (existsSync(SCHEMATHESIS_PYTHON)) return undefined
  // Renamed when it is whole: an installation that was broken off leaves nothing behind.
  const part = `${FOLDER}.${process.pid}`
  const problem =
    run('python3', ['-m', 'venv', part]) ??
    run(join(part, 'bin', 'python'), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
      ...['--require-hashes', '--only-binary', ':all:', '--requirement', REQUIREMENTS],
    ])
  if (problem === undefined) renameSync(part, FOLDER)
  else rmSync(part, { recursive: true, force: true })
  return problem
}

function run(program: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error !== undefined) return `${program} cannot be run: ${error.message}`
  return status === 0 ? undefined : stderr
}
