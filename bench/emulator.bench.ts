// How long the emulator takes from process start until it answers, beside an empty process.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { interleavedMedians, type Ratio } from './ratio.ts'

const ROUNDS = 15
const START = pathToFileURL(join(import.meta.dirname, '../emulator/start.ts')).href
const SCRIPT = `
  const { startEmulator } = await import(${JSON.stringify(START)})
  await startEmulator({ port: 0, tsaPort: 0, controlPort: 0 })
  process.exit(0)
`

/** startEmulator() ready ≤ 20 × `node -e 0`. */
export async function run(): Promise<readonly Ratio[]> {
  const medians = await interleavedMedians(
    {
      empty: () => execute(['-e', '0']),
      emulator: () => execute(['--input-type=module', '-e', SCRIPT]),
    },
    ROUNDS,
  )
  return [
    {
      name: 'startEmulator() ready / node -e 0',
      ratio: medians.emulator / medians.empty,
      atMost: 20,
      subject: medians.emulator,
      baseline: medians.empty,
    },
  ]
}

function execute(args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`Cannot measure: the process ended with ${status}: ${stderr}`)
}
