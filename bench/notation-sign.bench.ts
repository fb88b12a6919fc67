// What the plugin adds to a whole "notation sign", beside one with a key of notation's own. Each signature is of an
// image of its own, so that no index of signatures grows.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pushImage } from '../demo/image.ts'
import { createNotationWithPlugin, type Notation } from '../test/support/notation.ts'
import { peer } from '../test/support/peers.ts'
import { startEmulatorProcess, startRegistryProcess } from './background-process.ts'
import { interleavedMedians, type Ratio } from './ratio.ts'

const ROUNDS = 25
/** What the plugin may cost: notation starts it three times, and two of these ask Software Trust Manager. */
const EMPTY_STARTS = 7.5
/** As notation's own keys are. */
const KEY_ID = 'rsa-2048'
const OWN_KEY = 'bench'

/** notation sign with the plugin ≤ notation sign with its own key + EMPTY_STARTS × node -e 0. */
export async function run(): Promise<readonly Ratio[]> {
  const binary = peer('notation')
  if (binary === undefined) {
    console.log('  left out: it needs notation, which "npm run peers" builds')
    return []
  }
  const state = mkdtempSync(join(tmpdir(), 'notation-sign-bench-'))
  const emulator = await startEmulatorProcess(state)
  const registry = await startRegistryProcess()
  const notation = await createNotationWithPlugin(binary, emulator.environment)
  try {
    return [ratioOf(await measure(notation, registry.host))]
  } finally {
    await notation.close()
    await registry.end()
    await emulator.end()
    rmSync(state, { recursive: true })
  }
}

async function measure(notation: Notation, registry: string) {
  await succeed(notation, ['cert', 'generate-test', OWN_KEY])
  const images = await Promise.all(
    // One round more than is counted: the warm-up.
    Array.from({ length: 2 * (ROUNDS + 1) }, (_, i) => pushImage(registry, 'bench/app', `v${i}`)),
  )
  const sign = (...how: readonly string[]): Promise<void> => {
    const reference = images.pop()?.digestReference ?? ''
    return succeed(notation, ['sign', ...how, '--insecure-registry', reference])
  }
  return interleavedMedians(
    {
      empty: startEmptyNode,
      ownKey: () => sign('--key', OWN_KEY),
      plugin: () => sign('--plugin', 'digicert-stm', '--id', KEY_ID),
    },
    ROUNDS,
  )
}

function ratioOf({ empty, ownKey, plugin }: Awaited<ReturnType<typeof measure>>): Ratio {
  const baseline = ownKey + EMPTY_STARTS * empty
  return {
    name: `notation sign, plugin / (own key + ${EMPTY_STARTS} × node -e 0)`,
    ratio: plugin / baseline,
    atMost: 1,
    subject: plugin,
    baseline,
  }
}

async function succeed(notation: Notation, args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await notation.run(args)
  if (exitCode !== 0) throw new Error(`Cannot measure: notation ${args[0]} failed: ${stderr}`)
}

async function startEmptyNode(): Promise<void> {
  const [status] = await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'close')
  if (status !== 0) throw new Error(`Cannot measure: node ended with ${status}`)
}
