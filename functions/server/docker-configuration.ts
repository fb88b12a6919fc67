// Docker's configuration file: which credentials it holds for a registry, itself or by a credential helper.

import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { decodeBase64 } from '../../shared/base64.ts'
import { decodeUtf8 } from '../../shared/bytes.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { type JsonValue, parseJson } from '../../shared/json.ts'
import { isJsonObject } from '../../shared/json-shape.ts'
import type { Credentials } from '../../shared/registry/token.ts'
import type { FindCredentials } from '../deps.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Some helpers ask a cloud for a token; one that takes longer waits for a person. */
const HELPER_TIMEOUT_MS = 30_000
const HELPER_NAME = /^[A-Za-z0-9._-]+$/
/** What a helper says where it has nothing (docker-credential-helpers, credentials/error.go). */
const NOT_FOUND = /credentials not found/i
/** Under this name Docker keeps the credentials of docker.io. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/'

/** Path of the file: `config.json` in DOCKER_CONFIG, else in `.docker` of the user's home. */
export function dockerConfigurationFile(environment: Environment): string {
  const folder = environment.DOCKER_CONFIG
  const isSet = folder !== undefined && folder !== ''
  return join(isSet ? folder : join(homedir(), '.docker'), 'config.json')
}

/**
 * Reads the file.
 *
 * @returns finds no credentials where there is no such file
 * @throws {NotationError} `configuration-invalid` for a file that cannot be read or is no JSON object
 */
export async function readDockerConfiguration(path: string): Promise<FindCredentials> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw invalid(path, `reading it failed (${code})`, cause)
  })
  if (bytes === undefined) return async () => undefined
  const document = parseDocument(path, bytes)
  return (host) => findCredentials(host, path, document)
}

function parseDocument(path: string, bytes: Uint8Array): Readonly<Record<string, JsonValue>> {
  try {
    const document = parseJson(bytes)
    if (isJsonObject(document)) return document
  } catch (cause) {
    if (!isNotationError(cause, 'encoding-invalid')) throw cause
    throw invalid(path, 'it is not well-formed JSON', cause)
  }
  throw invalid(path, 'it is no JSON object')
}

/** A helper of the host's own goes before the one for all, and either before what the file holds (docker/cli). */
async function findCredentials(
  host: string,
  path: string,
  document: Readonly<Record<string, JsonValue>>,
): Promise<Credentials | undefined> {
  const key = host === 'docker.io' ? DOCKER_HUB_KEY : host
  const helper = memberOf(document.credHelpers, key) ?? document.credsStore
  if (typeof helper === 'string' && helper !== '') return askHelper(helper, key)
  const entry = memberOf(document.auths, key) ?? memberOf(document.auths, `https://${key}`)
  const auth = memberOf(entry, 'auth')
  return typeof auth === 'string' && auth !== '' ? decodeAuth(auth, host, path) : undefined
}

function decodeAuth(auth: string, host: string, path: string): Credentials {
  const text = decodeText(auth)
  const colon = text?.indexOf(':') ?? -1
  if (text === undefined || colon < 1)
    throw invalid(path, `"auth" of ${JSON.stringify(host)} is not user:password in base64`)
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

function decodeText(base64: string): string | undefined {
  try {
    return decodeUtf8(decodeBase64(base64))
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}

/**
 * Asks `docker-credential-<name> get`, which reads the host from stdin and writes JSON.
 *
 * @throws {NotationError} `registry-denied` where it cannot be run or fails; its output is not repeated, for it may hold a password
 */
async function askHelper(name: string, key: string): Promise<Credentials | undefined> {
  if (!HELPER_NAME.test(name)) throw failed(name, 'its name is not one of a program')
  const running = promisify(execFile)(`docker-credential-${name}`, ['get'], {
    timeout: HELPER_TIMEOUT_MS,
  })
  running.child.stdin?.on('error', () => {})
  running.child.stdin?.end(key)
  try {
    return parseHelperAnswer(name, (await running).stdout)
  } catch (cause) {
    if (isNotationError(cause)) throw cause
    if (isNotFound(cause)) return undefined
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw failed(name, isMissing ? 'it is not on PATH' : 'it did not give credentials', cause)
  }
}

function isNotFound(cause: unknown): boolean {
  return cause instanceof Error && 'stdout' in cause && NOT_FOUND.test(String(cause.stdout))
}

function parseHelperAnswer(name: string, text: string): Credentials {
  const answer = JSON.parse(text) as unknown
  const { Username: username, Secret: password } = answer as Record<string, unknown>
  if (typeof username === 'string' && typeof password === 'string') return { username, password }
  throw failed(name, 'its answer holds no user and secret')
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

function invalid(path: string, found: string, cause?: unknown): NotationError {
  return new NotationError(
    'configuration-invalid',
    `Cannot use Docker's configuration ${JSON.stringify(path)}: ${found}`,
    cause === undefined ? {} : { cause },
  )
}

function failed(name: string, found: string, cause?: unknown): NotationError {
  return new NotationError(
    'registry-denied',
    `Cannot get credentials from docker-credential-${name}: ${found}`,
    cause === undefined ? {} : { cause },
  )
}
