// How long the plugin's three commands take, beside an empty Node and beside a bare script that makes the same
// requests. The emulator runs in a process of its own, as the service does.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmulatorProcess } from './background-process.ts'
import { interleavedMedians, type Ratio } from './ratio.ts'

const ROOT = join(import.meta.dirname, '..')
const PLUGIN = join(ROOT, 'dist', 'notation-digicert-stm')
const BARE = join(import.meta.dirname, 'bare-plugin.cjs')
const ROUNDS = 40

const KEY_REQUEST = JSON.stringify({ contractVersion: '1.0', keyId: 'rsa-3072' })
const SIGNATURE_REQUEST = JSON.stringify({
  contractVersion: '1.0',
  keyId: 'rsa-3072',
  keySpec: 'RSA-3072',
  hashAlgorithm: 'SHA-384',
  payload: Buffer.from('x'.repeat(1000)).toString('base64'),
})

/** Measures the promises of README "Speed". */
export async function run(): Promise<readonly Ratio[]> {
  if (!existsSync(PLUGIN)) throw new Error(`Cannot run the bench: ${PLUGIN} is not built`)
  const state = mkdtempSync(join(tmpdir(), 'plugin-bench-'))
  // Alone, as notation installs it: the package.json of this project would make it an ES module.
  const plugin = join(state, 'notation-digicert-stm')
  copyFileSync(PLUGIN, plugin)
  const emulator = await startEmulatorProcess(state)
  try {
    const environment = { PATH: process.env.PATH, ...emulator.environment, SM_HOME: state }
    return ratiosOf(await measure(plugin, environment))
  } finally {
    await emulator.end()
    rmSync(state, { recursive: true })
  }
}

function measure(file: string, environment: NodeJS.ProcessEnv) {
  const plugin = (command: string, request: string) => () =>
    runNode([file, command], request, environment)
  const bare = (command: string, request: string) => () =>
    runNode([BARE, command], request, environment)
  return interleavedMedians(
    {
      empty: () => runNode(['-e', '0'], '', environment),
      metadata: plugin('get-plugin-metadata', '{}'),
      describe: plugin('describe-key', KEY_REQUEST),
      bareDescribe: bare('describe-key', KEY_REQUEST),
      sign: plugin('generate-signature', SIGNATURE_REQUEST),
      bareSign: bare('generate-signature', SIGNATURE_REQUEST),
    },
    ROUNDS,
  )
}

function ratiosOf(medians: Awaited<ReturnType<typeof measure>>): readonly Ratio[] {
  const { empty, metadata, describe, bareDescribe, sign, bareSign } = medians
  return [
    ratio('get-plugin-metadata / node -e 0', metadata, empty, 1.1),
    ratio('describe-key / node -e 0', describe, empty, 2.8),
    ratio('generate-signature RSA-3072 / node -e 0', sign, empty, 3.2),
    ratio('describe-key / bare script', describe, bareDescribe, 1.25),
    ratio('generate-signature RSA-3072 / bare script', sign, bareSign, 1.25),
  ]
}

function ratio(name: string, subject: number, baseline: number, atMost: number): Ratio {
  return { name, ratio: subject / baseline, atMost, subject, baseline }
}

/** Runs one process to its end; one that fails is no measurement. */
async function runNode(
  args: readonly string[],
  input: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (part: Buffer) => {
    stderr += part.toString()
  })
  // A process that reads no stdin may be gone before it is written.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`)
}
