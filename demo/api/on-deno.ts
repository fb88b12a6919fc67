// The API on Deno, in a process of its own.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startApiInChildProcess } from './in-child-process.ts'
import type { StartApi } from './start-api.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ENTRY = join(ROOT, 'functions', 'deno.ts')
/** Where npm run peers installs one. */
const INSTALLED = join(ROOT, '.cache', 'runtimes', 'node_modules', 'deno', 'deno')

/** Starts it with the `deno` on PATH, or the one of `npm run peers`. */
export const startApiOnDeno: StartApi = (surroundings, log) => {
  const args = ['run', '--no-prompt', '--allow-all', '--cached-only', ENTRY]
  return startApiInChildProcess('Deno', [findDeno(), ...args], surroundings, log)
}

function findDeno(): string {
  if (spawnSync('deno', ['--version']).status === 0) return 'deno'
  if (existsSync(INSTALLED)) return INSTALLED
  throw new Error(
    'Cannot start the API on Deno: there is no deno on PATH; install it (https://deno.com), or have "npm run peers" do so',
  )
}
