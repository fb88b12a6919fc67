// The real notation CLI, when it is on PATH, in a configuration folder of its own.

import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type Stack, TRUST_STORE } from './stack.ts'

const PROJECT = resolve(import.meta.dirname, '..')

const execute = promisify(execFile)

/** Runs notation with the stack's environment; gives what it printed on stdout. */
export type Notation = (...args: readonly string[]) => Promise<string>

/** Notation's version line, or undefined when it is not on PATH. */
export async function findNotation(): Promise<string | undefined> {
  try {
    const { stdout } = await execute('notation', ['version'])
    return /Version:\s*(\S+)/.exec(stdout)?.[1] ?? 'unknown'
  } catch {
    return undefined
  }
}

/** A notation whose configuration, plugins, trust stores and trust policy lie in the stack's folder. */
export async function setUpNotation(stack: Stack): Promise<Notation> {
  const folder = join(stack.folder, 'notation')
  const environment = {
    ...process.env,
    ...stack.emulator.environment,
    XDG_CONFIG_HOME: folder,
    NOTATION_CONFIG: join(folder, 'notation'),
    NOTATION_LIBEXEC: join(folder, 'notation'),
    NOTATION_CACHE: join(folder, 'cache'),
    SM_HOME: join(folder, 'sm'),
  }
  await mkdir(join(folder, 'notation'), { recursive: true, mode: 0o700 })
  const notation: Notation = async (...args) => {
    const { stdout } = await execute('notation', args, { env: environment })
    return stdout.trim()
  }
  const signingRoot = join(stack.folder, 'stm', 'signing-root.pem')
  const tsaRoot = join(stack.folder, 'stm', 'tsa-root.pem')
  await execute(process.execPath, [join(PROJECT, 'plugin', 'build.ts')])
  await notation('plugin', 'install', '--file', join(PROJECT, 'dist', 'notation-digicert-stm'))
  await notation('cert', 'add', '--type', 'ca', '--store', TRUST_STORE, signingRoot)
  await notation('cert', 'add', '--type', 'tsa', '--store', TRUST_STORE, tsaRoot)
  await notation('policy', 'import', stack.trustPolicyFile)
  return notation
}
