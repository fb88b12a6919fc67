// Requests of the plugin protocol, version 1.0 (plugin-extensibility.md §Signature Generator), parsed with the
// reference framework's messages. Members that are not known are ignored, as the protocol says.

import { type KeySpecEntry, keySpecEntry } from '../shared/algorithm.ts'
import { decodeBase64 } from '../shared/base64.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import { parseJson } from '../shared/json.ts'
import { CONTRACT_VERSION } from './metadata.ts'

/** `--plugin-config` pairs and those stored with the key, merged by notation. */
export type PluginConfig = Readonly<Record<string, string>>

/** What every request but get-plugin-metadata holds. */
export interface KeyRequest {
  /** As the caller wrote it; the answer repeats it byte for byte. */
  readonly keyId: string
  readonly pluginConfig: PluginConfig
}

/** A request for a signature. */
export interface SignatureRequest extends KeyRequest {
  readonly entry: KeySpecEntry
  /** The bytes to sign, not hashed. */
  readonly payload: Uint8Array
}

type JsonRecord = Readonly<Record<string, unknown>>

/** @throws {NotationError} `request-invalid` */
export function parseMetadataRequest(stdin: Uint8Array): void {
  parsePluginConfig(parseRecord(stdin))
}

/** @throws {NotationError} `request-invalid` | `contract-version-unsupported` */
export function parseKeyRequest(stdin: Uint8Array): KeyRequest {
  const request = parseRecord(stdin)
  requireContractVersion(request)
  return { keyId: requiredText(request, 'keyId'), pluginConfig: parsePluginConfig(request) }
}

/** @throws {NotationError} `request-invalid` | `contract-version-unsupported` */
export function parseSignatureRequest(stdin: Uint8Array): SignatureRequest {
  const request = parseRecord(stdin)
  requireContractVersion(request)
  const keyId = requiredText(request, 'keyId')
  const entry = parseKeySpec(requiredText(request, 'keySpec'))
  const hash = requiredText(request, 'hashAlgorithm')
  if (hash !== entry.hash)
    throw invalid(
      `hashAlgorithm ${JSON.stringify(hash)} is not supported: a key of ${entry.keySpec} signs ${entry.hash}`,
    )
  const payload = parsePayload(requiredText(request, 'payload'))
  return { keyId, entry, payload, pluginConfig: parsePluginConfig(request) }
}

function parseRecord(stdin: Uint8Array): JsonRecord {
  const value = parseRequestJson(stdin)
  if (isRecord(value)) return value
  throw invalid('Input is not a valid JSON: it is not an object')
}

function parseRequestJson(stdin: Uint8Array): unknown {
  try {
    return parseJson(stdin)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw invalid(`Input is not a valid JSON: ${cause.message}`, cause)
  }
}

function requireContractVersion(request: JsonRecord): void {
  const version = requiredText(request, 'contractVersion')
  if (version === CONTRACT_VERSION) return
  throw new NotationError(
    'contract-version-unsupported',
    `${JSON.stringify(version)} is not a supported notary plugin contract version: "${CONTRACT_VERSION}" is`,
  )
}

function requiredText(request: JsonRecord, name: string): string {
  const value = request[name]
  if (typeof value === 'string' && value !== '') return value
  if (value === undefined || value === null || value === '')
    throw invalid(`Input is not a valid JSON: ${name} cannot be empty`)
  throw invalid(`Input is not a valid JSON: ${name} is not a string`)
}

function parseKeySpec(name: string): KeySpecEntry {
  try {
    return keySpecEntry(name)
  } catch (cause) {
    if (!isNotationError(cause, 'key-unsupported')) throw cause
    throw invalid(`keySpec ${JSON.stringify(name)} is not supported`, cause)
  }
}

function parsePayload(text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw invalid('Input is not a valid JSON: payload is not base64', cause)
  }
}

function parsePluginConfig(request: JsonRecord): PluginConfig {
  const config = request.pluginConfig ?? {}
  if (!isRecord(config)) throw invalid('Input is not a valid JSON: pluginConfig is not an object')
  for (const [key, value] of Object.entries(config)) {
    if (typeof value !== 'string')
      throw invalid(
        `Input is not a valid JSON: pluginConfig ${JSON.stringify(key)} is not a string`,
      )
  }
  return config as PluginConfig
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string, cause?: unknown): NotationError {
  return new NotationError('request-invalid', message, cause === undefined ? {} : { cause })
}
