// Notation's own configuration folder on this machine: where it is, the files of trust in it, whose content is
// read elsewhere, and the registries that it calls insecure.

import type { Dirent } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative } from 'node:path'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { parseJson } from '../../shared/json.ts'
import { isJsonAbsent, isJsonObject, isJsonTexts } from '../../shared/json-shape.ts'

type Environment = Readonly<Record<string, string | undefined>>

const POLICY_FILES = ['trustpolicy.oci.json', 'trustpolicy.json'] as const
const SETTINGS_FILE = 'config.json'
const BLOB_POLICY_FILE = 'trustpolicy.blob.json'
const STORES_FOLDER = ['truststore', 'x509'] as const
/** A policy or a certificate takes a few KiB; what is larger is no file of notation's. */
const MAX_FILE_BYTES = 1024 * 1024

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
 * The trust policies and the trust stores of a folder, by their paths in it with `/` between the parts.
 *
 * @returns undefined when the folder holds no trust policy for artifacts in registries
 * @throws {NotationError} `policy-invalid` | `trust-store-invalid` for a symbolic link, which notation refuses too, and
 *   for a file that cannot be read
 */
export async function readNotationFolder(
  folder: string,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const files = new Map<string, Uint8Array>()
  for (const name of [...POLICY_FILES, BLOB_POLICY_FILE]) {
    const bytes = await readPolicyFile(join(folder, name))
    if (bytes !== undefined) files.set(name, bytes)
  }
  if (!POLICY_FILES.some((name) => files.has(name))) return undefined
  for (const entry of await listStores(join(folder, ...STORES_FOLDER))) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name)
    const name = relative(folder, path).replaceAll('\\', '/')
    files.set(name, await readStoreFile(entry, path))
  }
  return files
}

/**
 * The hosts under `insecureRegistries` of notation's config.json: they are spoken to over plain HTTP.
 *
 * @returns none where there is no such file
 * @throws {NotationError} `configuration-invalid` for a file that cannot be read, or holds something else there
 */
export async function readInsecureRegistries(folder: string): Promise<readonly string[]> {
  const path = join(folder, SETTINGS_FILE)
  const bytes = await readFile(path).catch(absent)
  if (bytes === undefined) return []
  const hosts = parseInsecureRegistries(bytes)
  if (hosts !== undefined) return hosts
  throw new NotationError(
    'configuration-invalid',
    `Cannot use notation's settings ${JSON.stringify(path)}: wanted is a JSON object, with a list of hosts as "insecureRegistries"`,
  )
}

function parseInsecureRegistries(bytes: Uint8Array): readonly string[] | undefined {
  try {
    const settings = parseJson(bytes)
    if (!isJsonObject(settings)) return undefined
    const { insecureRegistries } = settings
    if (isJsonAbsent(insecureRegistries)) return []
    return isJsonTexts(insecureRegistries) ? insecureRegistries : undefined
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}

/** Undefined where there is none. */
async function readPolicyFile(path: string): Promise<Uint8Array | undefined> {
  const status = await lstat(path).catch(absent)
  if (status === undefined) return undefined
  const problem = problemOf(status) ?? (status.size > MAX_FILE_BYTES ? 'is too large' : undefined)
  if (problem === undefined) return readFile(path)
  throw new NotationError('policy-invalid', `the trust policy "${path}" ${problem}`)
}

async function listStores(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(absent)
  return entries ?? []
}

async function readStoreFile(entry: Dirent, path: string): Promise<Uint8Array> {
  const { size } = await lstat(path)
  const problem = problemOf(entry) ?? (size > MAX_FILE_BYTES ? 'is too large' : undefined)
  if (problem === undefined) return readFile(path)
  throw new NotationError('trust-store-invalid', `the trust store file "${path}" ${problem}`)
}

function problemOf(entry: Pick<Dirent, 'isFile' | 'isSymbolicLink'>): string | undefined {
  if (entry.isSymbolicLink())
    return 'is a symbolic link, which notation does not follow; copy the file there'
  return entry.isFile() ? undefined : 'is not a regular file'
}

/** There may be nothing at a path; any other fault is one. */
function absent(cause: unknown): undefined {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
  throw cause
}

function xdgConfigurationHome(environment: Environment): string {
  const home = environment.XDG_CONFIG_HOME
  return home !== undefined && home !== '' ? home : join(homedir(), '.config')
}
