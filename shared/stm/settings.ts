// The settings that every client of Software Trust Manager needs, under the names that DigiCert's tools
// give them. Where the values come from is the caller's matter; proxies and logs are not here.

import { NotationError } from '../errors.ts'
import { STM_CALL_TIMEOUT_MS } from '../limits.ts'
import { parseHost, unquote } from './host.ts'

/** Looks up a setting by its name; an empty value counts as none. */
export type SettingSource = (name: string) => string | undefined

/** Where Software Trust Manager is and which user asks. Holds a secret: not for logs. */
export interface StmService {
  /** Origin without a slash at the end. */
  readonly host: string
  readonly apiKey: string
  readonly callTimeoutMs: number
}

/** The service, and who we are there where this process makes the connections. Holds secrets: not for logs. */
export interface StmSettings extends StmService {
  /** Path of a PKCS#12 file. */
  readonly clientCertificateFile: string
  readonly clientCertificatePassword: string
  readonly skipsServerVerification: boolean
  /** Path of the certificates, PEM or DER, that the server's certificate is checked against. */
  readonly caFile: string | undefined
}

/** Without these nothing works; what each holds. */
const OF_SERVICE = {
  SM_HOST: 'the address of your region, such as https://clientauth.one.digicert.com',
  SM_API_KEY: 'an API key of your DigiCert ONE user',
} as const satisfies Record<string, string>
/** And without these no connection of this process's own. */
const OF_CONNECTION = {
  ...OF_SERVICE,
  SM_CLIENT_CERT_FILE: 'the path of the client certificate, a PKCS#12 file',
  SM_CLIENT_CERT_PASSWORD: 'the password of that file',
} as const satisfies Record<string, string>

const TRUE_WORDS: readonly string[] = ['true', '1', 'yes']
const FALSE_WORDS: readonly string[] = ['false', '0', 'no']
/** setTimeout takes no more; a day would do as well. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1
/** Visible ASCII: what an HTTP header takes without quoting. */
const HEADER_TOKEN = /^[\x21-\x7e]+$/

/**
 * Reads the settings.
 *
 * @throws {NotationError} `configuration-invalid` naming every required setting that is missing, or the one that is wrong
 */
export function parseStmSettings(setting: SettingSource): StmSettings {
  const required = readRequired(OF_CONNECTION, setting)
  return {
    ...parseStmService(setting),
    clientCertificateFile: unquote(required.SM_CLIENT_CERT_FILE),
    clientCertificatePassword: required.SM_CLIENT_CERT_PASSWORD,
    skipsServerVerification: parseBoolean('SM_TLS_SKIP_VERIFY', setting('SM_TLS_SKIP_VERIFY')),
    caFile: emptyToUndefined(unquote(setting('SM_CA_FILE') ?? '')),
  }
}

/**
 * Reads the settings of the service alone, for runtimes that hold the client certificate themselves.
 *
 * @throws {NotationError} `configuration-invalid` naming every required setting that is missing, or the one that is wrong
 */
export function parseStmService(setting: SettingSource): StmService {
  const required = readRequired(OF_SERVICE, setting)
  return {
    host: parseHost(required.SM_HOST),
    apiKey: parseApiKey(required.SM_API_KEY),
    callTimeoutMs: parseTimeout(setting('SM_CONN_TIMEOUT')),
  }
}

function readRequired<Name extends string>(
  required: Readonly<Record<Name, string>>,
  setting: SettingSource,
): Record<Name, string> {
  const names = Object.keys(required) as Name[]
  const values = names.map((name) => [name, setting(name) ?? ''] as const)
  const missing = values.filter(([, value]) => value.trim() === '').map(([name]) => name)
  if (missing.length === 0) return Object.fromEntries(values) as Record<Name, string>
  const verb = missing.length === 1 ? 'is' : 'are'
  const wanted = missing.map((name) => `${name} to ${required[name]}`).join(', ')
  throw invalid(`${missing.join(', ')} ${verb} not set; set ${wanted}`)
}

function parseApiKey(text: string): string {
  const value = unquote(text)
  if (HEADER_TOKEN.test(value)) return value
  throw invalid(
    'SM_API_KEY holds a space, a line break or another character that no API key has; copy it again',
  )
}

function parseBoolean(name: string, text: string | undefined): boolean {
  const word = unquote(text ?? '').toLowerCase()
  if (word === '' || FALSE_WORDS.includes(word)) return false
  if (TRUE_WORDS.includes(word)) return true
  throw invalid(`${name} is neither TRUE nor FALSE`)
}

/**
 * Reads SM_CONN_TIMEOUT.
 *
 * @param defaultMs - where it is not set
 * @throws {NotationError} `configuration-invalid`
 */
export function parseTimeout(text: string | undefined, defaultMs = STM_CALL_TIMEOUT_MS): number {
  const value = unquote(text ?? '')
  if (value === '') return defaultMs
  const milliseconds = /^\d{1,10}$/.test(value) ? Number(value) : 0
  if (milliseconds >= 1 && milliseconds <= MAX_TIMEOUT_MS) return milliseconds
  throw invalid(
    `SM_CONN_TIMEOUT is not a number of milliseconds from 1 to ${MAX_TIMEOUT_MS}; the default is ${defaultMs}`,
  )
}

function emptyToUndefined(text: string): string | undefined {
  return text === '' ? undefined : text
}

function invalid(found: string): NotationError {
  return new NotationError('configuration-invalid', `failed to setup STM client: ${found}`)
}
