// One notation with our plugin, one emulator and one registry, for tests that vary a single thing.

import { startRegistry } from '../../demo/registry/start.ts'
import type { EmulatorOptions } from '../../emulator/start.ts'
import { type FreshImage, pushFreshImage } from '../support/images.ts'
import { createNotationWithPlugin, type Ended, type Notation } from '../support/notation.ts'
import { type EmulatedStm, startEmulatedStm } from './emulated-stm.ts'

/** What a test signs with. */
export interface Signing {
  readonly keyId: string
  /** More flags of `notation sign`. */
  readonly flags?: readonly string[]
  /** Laid over the emulator's environment. */
  readonly environment?: Readonly<Record<string, string>>
}

/** A command line that signs fresh images and trusts the emulator's signing root under a strict policy. */
export interface CommandLine {
  readonly notation: Notation
  readonly stm: EmulatedStm
  sign(signing: Signing): Promise<{ readonly image: FreshImage; readonly signed: Ended }>
  verify(image: FreshImage, flags?: readonly string[]): Promise<Ended>
  close(): Promise<void>
}

/** The trust store that holds the emulator's signing root. */
export const CA_STORE = 'ca:stm'

/** @param binary - path of the notation CLI */
export async function openCommandLine(
  binary: string,
  options: EmulatorOptions = {},
): Promise<CommandLine> {
  const registry = await startRegistry()
  const stm = await startEmulatedStm(options)
  const notation = await createNotationWithPlugin(binary, stm.emulator.environment)
  await notation.addCertificate('ca', 'stm', stm.emulator.signingRootPem)
  await notation.setPolicy({ trustStores: [CA_STORE] })
  return {
    notation,
    stm,
    async sign({ keyId, flags = [], environment }) {
      const image = await pushFreshImage(registry.host, 'interop/app')
      const plugin = ['--plugin', 'digicert-stm', '--id', keyId, '--insecure-registry']
      const args = ['sign', ...plugin, ...flags, image.reference]
      return { image, signed: await notation.run(args, environment) }
    },
    verify: (image, flags = []) =>
      notation.run(['verify', '--insecure-registry', ...flags, image.reference]),
    async close() {
      await notation.close()
      await stm.close()
      await registry.close()
    },
  }
}
