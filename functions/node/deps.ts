// Binds what the application needs to this Node process: files, network, clock, log.

import { readFile } from 'node:fs/promises'
import { NotationError } from '../../shared/errors.ts'
import { parseJson } from '../../shared/json.ts'
import { assembleTrustBundle } from '../../shared/policy/notation-folder.ts'
import { parseTrustBundle, type TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { type Configuration, EMPTY_CONFIGURATION, parseConfiguration } from '../configuration.ts'
import type { AuditEntry, Deps } from '../deps.ts'
import { notationFolder, readNotationFolder } from './notation-configuration.ts'
import type { Settings } from './settings.ts'
import { createStmConnection } from './stm-connection.ts'

/**
 * Reads every file that the settings name and opens what they need.
 *
 * @param log - takes one JSON line per decision
 * @throws {NotationError} `configuration-invalid` | `policy-invalid` | `trust-store-invalid` | `credential-invalid`,
 *   naming the setting or the file
 */
export async function createApiDeps(
  settings: Settings,
  log: (line: string) => void,
): Promise<Deps> {
  const now = (): Date => new Date()
  return {
    configuration: await readConfiguration(settings.configurationFile),
    trustBundle: await readTrustBundle(settings.trustBundleFile),
    createSigner:
      settings.stm === undefined ? undefined : await createStmConnection(settings.stm, now),
    fetch: globalThis.fetch,
    crypto: webCrypto,
    now,
    audit: (entry: AuditEntry) => log(JSON.stringify({ time: now().toISOString(), ...entry })),
    listensOnLoopback: settings.isLoopback,
  }
}

async function readConfiguration(file: string | undefined): Promise<Configuration> {
  return file === undefined
    ? EMPTY_CONFIGURATION
    : parseConfiguration(await readSetting('CONFIG', file))
}

/** The file TRUST_BUNDLE, or what notation itself would trust for this user. */
async function readTrustBundle(file: string | undefined): Promise<TrustBundle | undefined> {
  if (file !== undefined) {
    return parseTrustBundle(parseJson(await readSetting('TRUST_BUNDLE', file)), webCrypto)
  }
  const folder = await readNotationFolder(notationFolder(process.env, process.platform))
  return folder === undefined ? undefined : parseTrustBundle(assembleTrustBundle(folder), webCrypto)
}

async function readSetting(setting: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new NotationError(
      'configuration-invalid',
      `Cannot read the file that ${setting} names: ${reason}`,
      { cause },
    )
  }
}
