// Where the plugin's settings come from: `--plugin-config`, then the environment, then for the two secrets the
// file that DigiCert's `smctl credentials save` writes.

import type { SigningAlgorithm } from '../shared/algorithm.ts'
import { NotationError } from '../shared/errors.ts'
import { setupFailed } from '../shared/node/connection-error.ts'
import { unquote } from '../shared/stm/host.ts'
import type { SettingSource } from '../shared/stm/settings.ts'
import { SIGNATURE_ALGORITHM_NAMES } from '../shared/stm/signature-algorithm.ts'
import { homeFolder } from './home-folder.ts'
import type { PluginConfig } from './protocol.ts'

/** A process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Settings that stand in the environment or in pluginConfig, under the same names. */
const SHARED_NAMES = [
  'SM_HOST',
  'SM_API_KEY',
  'SM_CLIENT_CERT_FILE',
  'SM_CLIENT_CERT_PASSWORD',
  'SM_TLS_SKIP_VERIFY',
  'SM_CA_FILE',
  'SM_CONN_TIMEOUT',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SM_LOG_LEVEL',
  'SM_LOG_OUTPUT',
  'SM_LOG_DIR',
  'SM_LOG_FILE_NAME',
  'SM_HOME',
  'STM_NOTARY_URL',
  'STM_NOTARY_TOKEN',
  'STM_NOTARY_AUDIENCE',
] as const
type SharedName = (typeof SHARED_NAMES)[number]

/** pluginConfig alone: a file with certificates that the service leaves out of its chains. */
const CA_CERTS = 'ca_certs'
/** pluginConfig alone, with the name of an algorithm behind it: the service's own name of that algorithm. */
export const ALGORITHM_PREFIX = 'signature_algorithm_'
const ALGORITHMS = Object.keys(SIGNATURE_ALGORITHM_NAMES) as readonly SigningAlgorithm[]

/** Names that programs on Unix write in small letters, and which then count too. */
const LOWER_CASE_TOO: readonly string[] = ['HTTPS_PROXY', 'NO_PROXY'] satisfies SharedName[]
/** Secrets of the remote mode: ours, and the one with which GitHub lets a job ask for its token. */
const REMOTE_SECRETS: readonly string[] = ['STM_NOTARY_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']
/** What `smctl credentials save` keeps. */
const SAVED_SECRETS: readonly string[] = [
  'SM_API_KEY',
  'SM_CLIENT_CERT_PASSWORD',
] satisfies SharedName[]
const CREDENTIALS_FILE = 'ssm-config.properties'
/** Shorter texts stand in every message by chance. */
const MIN_SECRET_CHARACTERS = 4

/** All settings of one command. */
export interface Settings {
  readonly setting: SettingSource
  /** SM_HOME, by default `.signingmanager` in the user's home; undefined when the user has none. */
  readonly home: () => string | undefined
  /** Path of `ca_certs`. */
  readonly extraCertificatesFile: string | undefined
  readonly signatureAlgorithmNames: Readonly<Partial<Record<SigningAlgorithm, string>>>
}

/**
 * Puts the sources together.
 *
 * @throws {NotationError} `configuration-invalid` for a pluginConfig key that is not one of ours: a misspelt
 *   setting that is ignored shows later, as something else
 */
export function readSettings(environment: Environment, pluginConfig: PluginConfig): Settings {
  requireKnownKeys(pluginConfig)
  const fromOutside: SettingSource = (name) =>
    nonEmpty(pluginConfig[name]) ?? fromEnvironment(environment, name)
  const home = (): string | undefined => homeFolder(fromOutside('SM_HOME'))
  const names = ALGORITHMS.map(
    (name) => [name, pluginConfig[`${ALGORITHM_PREFIX}${name}`]] as const,
  )
  return {
    setting: (name) =>
      fromOutside(name) ?? (SAVED_SECRETS.includes(name) ? savedSecret(home(), name) : undefined),
    home,
    extraCertificatesFile: nonEmpty(unquote(pluginConfig[CA_CERTS] ?? '')),
    signatureAlgorithmNames: Object.fromEntries(names.filter(([, value]) => value !== undefined)),
  }
}

/**
 * Every text in the settings that must not be shown, in each form in which it could turn up; longest first.
 */
export function secretsOf({ setting }: Settings): readonly string[] {
  const credentials =
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(.*)@/is.exec(setting('HTTPS_PROXY') ?? '')?.[1] ?? ''
  const proxyPassword = credentials.slice(credentials.indexOf(':') + 1)
  const plain = [
    ...[...SAVED_SECRETS, ...REMOTE_SECRETS].map((name) => setting(name) ?? ''),
    proxyPassword,
    credentials,
  ]
  const forms = plain
    .flatMap((secret) => [secret, unquote(secret), decodedOrSame(secret)])
    .flatMap((secret) => [secret, encodeURIComponent(secret), toBase64(secret)])
  return [...new Set(forms)]
    .filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
    .toSorted((a, b) => b.length - a.length)
}

function requireKnownKeys(pluginConfig: PluginConfig): void {
  const known = [...SHARED_NAMES, CA_CERTS, ...ALGORITHMS.map((name) => ALGORITHM_PREFIX + name)]
  const unknown = Object.keys(pluginConfig).filter((key) => !known.includes(key))
  if (unknown.length === 0) return
  throw new NotationError(
    'configuration-invalid',
    setupFailed(
      `cannot use pluginConfig ${unknown.map((key) => JSON.stringify(key)).join(', ')}: known are ${known.join(', ')}`,
    ),
  )
}

function fromEnvironment(environment: Environment, name: string): string | undefined {
  const lower = LOWER_CASE_TOO.includes(name) ? environment[name.toLowerCase()] : undefined
  return nonEmpty(environment[name]) ?? nonEmpty(lower)
}

/** A line `NAME=value` of the credentials file; what cannot be read is as if it was not there. */
function savedSecret(home: string | undefined, name: string): string | undefined {
  if (home === undefined) return undefined
  const fs = process.getBuiltinModule('node:fs')
  const path = process.getBuiltinModule('node:path').join(home, CREDENTIALS_FILE)
  try {
    const line = fs
      .readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .find((text) => text.trimStart().startsWith(`${name}=`))
    return nonEmpty(line?.slice(line.indexOf('=') + 1).trim())
  } catch {
    return undefined
  }
}

function toBase64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}

function decodedOrSame(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}
