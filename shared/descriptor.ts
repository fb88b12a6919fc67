// OCI content descriptors (image-spec descriptor.md), reduced to what Notary Project payloads bind and
// carry: media type, digest, size and annotations.

import { parseDigest } from './digest.ts'
import { isNotationError, NotationError } from './errors.ts'
import type { JsonValue } from './json.ts'

/** What content is, and which. */
export interface Descriptor {
  readonly mediaType: string
  /** `sha256:…`, lower-case. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

/**
 * Reads a descriptor; members that are not listed above are left out.
 *
 * @throws {NotationError} `encoding-invalid` naming the member
 */
export function parseDescriptor(value: JsonValue | undefined): Descriptor {
  if (!isObject(value)) throw invalid('it is not an object')
  const { mediaType, digest, size, annotations } = value
  if (typeof mediaType !== 'string' || mediaType === '') throw invalid('"mediaType" is not a text')
  if (typeof digest !== 'string' || !isDigest(digest)) throw invalid('"digest" is not a digest')
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
    throw invalid('"size" is not a number of bytes')
  }
  // Go writes a nil map as null.
  if (annotations === undefined || annotations === null) return { mediaType, digest, size }
  return { mediaType, digest, size, annotations: parseAnnotations(annotations) }
}

/** Whether both name the same content: media type, digest and size. Annotations are not content. */
export function sameContent(a: Descriptor, b: Descriptor): boolean {
  return a.mediaType === b.mediaType && a.digest === b.digest && a.size === b.size
}

function parseAnnotations(value: JsonValue): Readonly<Record<string, string>> {
  if (!isObject(value)) throw invalid('"annotations" is not an object')
  const entries = Object.entries(value)
  if (entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    return Object.fromEntries(entries)
  }
  throw invalid('"annotations" has a value that is not a text')
}

function isDigest(text: string): boolean {
  try {
    parseDigest(text)
    return true
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return false
    throw error
  }
}

function isObject(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(found: string): NotationError {
  return new NotationError('encoding-invalid', `Cannot read a descriptor: ${found}`)
}
