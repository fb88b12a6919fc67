// An OCI image index as a list of referrers: what the referrers API answers and what the tag schema keeps.

import { type Descriptor, parseDescriptor } from '../descriptor.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { type JsonValue, parseJson } from '../json.ts'

/** An index whose entries were not looked at. */
export interface ReferrersIndex {
  /** The whole document: an update keeps what it does not know. */
  readonly document: Readonly<Record<string, JsonValue>>
  readonly manifests: readonly JsonValue[]
}

/**
 * Reads an index.
 *
 * @param source - names it in messages, as `the index under tag "sha256-…"`
 * @throws {NotationError} `registry-answer-invalid`
 */
export function parseReferrersIndex(bytes: Uint8Array, source: string): ReferrersIndex {
  const document = parseDocument(bytes, source)
  // Some registries write null for an empty list.
  const manifests = document.manifests ?? []
  if (!Array.isArray(manifests)) throw invalid(source, 'its "manifests" is no list')
  return { document, manifests }
}

/**
 * The descriptors of the entries with an artifact type.
 *
 * An entry that is no descriptor names nothing that could be fetched: it is left out, so that one bad entry,
 * which anyone who may push can add, does not hide the good ones.
 */
export function referrersOfType(
  manifests: readonly JsonValue[],
  artifactType: string,
): readonly Descriptor[] {
  return manifests.filter((entry) => artifactTypeOf(entry) === artifactType).flatMap(readDescriptor)
}

function readDescriptor(entry: JsonValue): readonly Descriptor[] {
  try {
    return [parseDescriptor(entry)]
  } catch (error) {
    if (isNotationError(error)) return []
    throw error
  }
}

function artifactTypeOf(entry: JsonValue): JsonValue | undefined {
  return isObject(entry) ? entry.artifactType : undefined
}

function parseDocument(bytes: Uint8Array, source: string): Readonly<Record<string, JsonValue>> {
  try {
    const document = parseJson(bytes)
    if (isObject(document)) return document
  } catch (cause) {
    throw invalid(source, 'it is not well-formed JSON', cause)
  }
  throw invalid(source, 'it is no JSON object')
}

function isObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(source: string, found: string, cause?: unknown): NotationError {
  return new NotationError('registry-answer-invalid', `Cannot read ${source}: ${found}`, { cause })
}
