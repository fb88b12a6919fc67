// Binds what the application needs to a server process: files, network, clock, log. What Node and Deno do
// each in its own way comes in as a Runtime, and what outlives a reload as Lasting.

import { readFile } from 'node:fs/promises'
import type { Crypto } from '../../shared/crypto.ts'
import { NotationError } from '../../shared/errors.ts'
import { assembleTrustBundle } from '../../shared/policy/notation-folder.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { type Configuration, EMPTY_CONFIGURATION, parseConfiguration } from '../configuration.ts'
import type { Deps } from '../deps.ts'
import { bindRevocation } from '../revocation.ts'
import { readTrustBundle, readTrusted } from '../trust-source.ts'
import { readDockerConfiguration } from './docker-configuration.ts'
import type { Lasting } from './lasting.ts'
import { readInsecureRegistries, readNotationFolder } from './notation-configuration.ts'
import { createRevocationFetch } from './revocation-fetch.ts'
import type { Settings } from './settings.ts'

/** What the application needs, with connections to end. */
export interface ServerDeps extends Deps {
  readonly close: () => Promise<void>
}

/**
 * Reads every file that the settings name and opens what they need: one generation, which a reload replaces.
 *
 * @throws {NotationError} `configuration-invalid` | `policy-invalid` | `trust-store-invalid` | `credential-invalid`,
 *   naming the setting or the file
 */
export async function createServerDeps(
  settings: Settings,
  { runtime, crlCache, metrics, deps: lasting }: Lasting,
): Promise<ServerDeps> {
  const { crypto, now } = lasting
  const configuration = await readConfiguration(settings)
  const trustBundle = await findTrustBundle(settings, crypto)
  const findCredentials = await readDockerConfiguration(settings.dockerConfigurationFile)
  const { stm, proxy } = settings
  const connection =
    stm === undefined
      ? undefined
      : runtime.connectStm(stm, { options: configuration.stm, proxy, now })
  const revocation = createRevocationFetch(configuration.revocationHosts)
  return {
    ...lasting,
    metrics,
    configuration,
    trustBundle,
    createSigner: connection?.createSigner,
    reachSigner: connection?.reachSigner,
    readinessCache: {},
    findCredentials,
    createRevocationChecker: bindRevocation({
      fetch: revocation.fetch,
      hostPolicy: configuration.revocationHosts,
      crlCache,
      crypto,
      now,
    }),
    close: async () => {
      revocation.close()
      await connection?.close()
    },
  }
}

async function readConfiguration({
  configurationFile: file,
  notationFolder,
}: Settings): Promise<Configuration> {
  if (file === undefined) return EMPTY_CONFIGURATION
  const document = await readSetting('CONFIG', file)
  return parseConfiguration(document, await readInsecureRegistries(notationFolder))
}

/** The file TRUST_BUNDLE, or what notation itself would trust for this user. */
async function findTrustBundle(
  { trustBundleFile, notationFolder }: Settings,
  crypto: Crypto,
): Promise<TrustBundle | undefined> {
  if (trustBundleFile !== undefined) {
    const document = await readSetting('TRUST_BUNDLE', trustBundleFile)
    return readTrustBundle('the file that TRUST_BUNDLE names', document, crypto)
  }
  const place = `notation's configuration in ${JSON.stringify(notationFolder)}`
  return readTrusted(place, async () => {
    const files = await readNotationFolder(notationFolder)
    return files === undefined ? undefined : parseTrustBundle(assembleTrustBundle(files), crypto)
  })
}

async function readSetting(setting: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new NotationError(
      'configuration-invalid',
      `Cannot read the file ${JSON.stringify(file)} that ${setting} names: ${reason}`,
      { cause },
    )
  }
}
