// An emulated Software Trust Manager with the files that the plugin reads.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type EmulatedKeypair,
  type EmulatorOptions,
  type RunningEmulator,
  startEmulator,
} from '../../emulator/start.ts'

/** An emulator, and the folder its files lie in. */
export interface EmulatedStm {
  readonly emulator: RunningEmulator
  readonly folder: string
  /** A seeded keypair by its alias. */
  keypair(alias: string): EmulatedKeypair
  close(): Promise<void>
}

/** Starts an emulator on free ports. */
export async function startEmulatedStm(options: EmulatorOptions = {}): Promise<EmulatedStm> {
  const folder = await mkdtemp(join(tmpdir(), 'stm-'))
  const emulator = await startEmulator({
    port: 0,
    tsaPort: 0,
    controlPort: 0,
    stateDir: folder,
    ...options,
  })
  return {
    emulator,
    folder,
    keypair(alias) {
      const found = emulator.keypairs.find((keypair) => keypair.alias === alias)
      if (found === undefined) throw new Error(`the emulator has no keypair ${alias}`)
      return found
    },
    async close() {
      await emulator.close()
      await rm(folder, { recursive: true })
    },
  }
}
