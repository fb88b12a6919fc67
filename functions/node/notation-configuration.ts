// Notation's own configuration folder on this machine: where it is, and the files of trust in it.

import { type Dirent, existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { NotationError } from '../../shared/errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

const POLICY_FILES = ['trustpolicy.oci.json', 'trustpolicy.json'] as const
const STORES_FOLDER = ['truststore', 'x509'] as const

/** Where each system keeps a user's settings, when notation's own variable does not say. */
const CONFIGURATION_HOME: Readonly<Record<string, (environment: Environment) => string>> = {
  win32: (environment) => environment.APPDATA ?? join(homedir(), 'AppData', 'Roaming'),
  darwin: () => join(homedir(), 'Library', 'Application Support'),
}

/** `NOTATION_CONFIG`, or the folder `notation` of the user's settings (notation's directory structure specification). */
export function notationFolder(environment: Environment, platform: string): string {
  const own = environment.NOTATION_CONFIG
  if (own !== undefined && own !== '') return own
  const home = CONFIGURATION_HOME[platform] ?? xdgConfigurationHome
  return join(home(environment), 'notation')
}

/**
 * The trust policy and the trust stores of a folder, by their paths in it with `/` between the parts.
 *
 * @returns undefined when the folder holds no trust policy
 * @throws {NotationError} `trust-store-invalid` for a symbolic link, which notation refuses too
 */
export async function readNotationFolder(
  folder: string,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const policies = POLICY_FILES.filter((file) => existsSync(join(folder, file)))
  if (policies.length === 0) return undefined
  const files = new Map<string, Uint8Array>()
  for (const policy of policies) files.set(policy, await readFile(join(folder, policy)))
  const stores = join(folder, ...STORES_FOLDER)
  if (!existsSync(stores)) return files
  for (const entry of await readdir(stores, { recursive: true, withFileTypes: true })) {
    refuseLink(entry)
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path.slice(folder.length + 1).replaceAll('\\', '/'), await readFile(path))
  }
  return files
}

function refuseLink(entry: Dirent): void {
  if (!entry.isSymbolicLink()) return
  throw new NotationError(
    'trust-store-invalid',
    `Cannot read the trust store file "${join(entry.parentPath, entry.name)}": it is a symbolic link, which is not supported; copy the certificate there`,
  )
}

function xdgConfigurationHome(environment: Environment): string {
  const home = environment.XDG_CONFIG_HOME
  return home !== undefined && home !== '' ? home : join(homedir(), '.config')
}
