// The API on Deno, in a process of its own.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { StartApi } from './start-api.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const ENTRY = join(ROOT, 'functions', 'deno.ts')
/** Where npm run peers installs one. */
const INSTALLED = join(ROOT, '.cache', 'runtimes', 'node_modules', 'deno', 'deno')

/** Starts it with the `deno` on PATH, or the one of `npm run peers`. */
export const startApiOnDeno: StartApi = async ({ environment }, log) => {
  const args = ['run', '--no-prompt', '--allow-all', '--cached-only', ENTRY]
  const env = { ...process.env, ...environment }
  const child = spawn(findDeno(), args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const url = await new Promise<string>((resolve, reject) => {
    ended.then(([code]) => reject(new Error(`Deno ended with status ${code}, it says why above`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      log(line)
      const { event, url: announced } = JSON.parse(line) as { event?: unknown; url?: unknown }
      if (event === 'listening') resolve(String(announced))
    })
  })
  return {
    url,
    async close() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function findDeno(): string {
  if (spawnSync('deno', ['--version']).status === 0) return 'deno'
  if (existsSync(INSTALLED)) return INSTALLED
  throw new Error(
    'Cannot start the API on Deno: there is no deno on PATH; install it (https://deno.com), or have "npm run peers" do so',
  )
}
