// What is signed: JSON that binds one descriptor (signature-specification.md §Payload).

import { encodeUtf8 } from '../bytes.ts'
import { type Descriptor, parseDescriptor } from '../descriptor.ts'
import { quoteGo } from '../go-text.ts'
import { parseJson } from '../json.ts'
import { findOtherSpelling, isJsonObject } from '../json-shape.ts'
import { asMalformed, malformed } from './malformed.ts'

/** The only content type there is. */
export const PAYLOAD_CONTENT_TYPE = 'application/vnd.cncf.notary.payload.v1+json'

/** A payload, read. */
export interface Payload {
  /** Members other than media type, digest, size and annotations are left out. */
  readonly targetArtifact: Descriptor
}

const DESCRIPTOR_MEMBERS = ['mediaType', 'digest', 'size', 'annotations'] as const

/**
 * Reads a payload. Unknown members are passed over, as in the reference implementation.
 *
 * @throws {NotationError} `envelope-malformed`
 */
export function parsePayload(contentType: string, bytes: Uint8Array): Payload {
  if (contentType !== PAYLOAD_CONTENT_TYPE)
    throw malformed(`payload content type ${quoteGo(contentType)} not supported`)
  if (bytes.length === 0) throw malformed('content not present')
  return asMalformed('Cannot read payload', () => readPayload(bytes))
}

/**
 * The bytes of a payload with members in notation's order, which differs: in JWS it sorts them, because there the
 * payload passes through a Go map.
 */
export function encodePayload(
  { mediaType, digest, size, annotations = {} }: Descriptor,
  order: 'sorted' | 'declared',
): Uint8Array {
  const sortedAnnotations = Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))
  const optional =
    sortedAnnotations.length === 0 ? {} : { annotations: Object.fromEntries(sortedAnnotations) }
  const targetArtifact =
    order === 'sorted'
      ? { ...optional, digest, mediaType, size }
      : { mediaType, digest, size, ...optional }
  return encodeUtf8(JSON.stringify({ targetArtifact }))
}

function readPayload(bytes: Uint8Array): Payload {
  const payload = parseJson(bytes)
  if (!isJsonObject(payload)) throw malformed('Cannot read payload: it is not an object')
  const { targetArtifact } = payload
  const misspelled =
    findOtherSpelling(payload, ['targetArtifact']) ??
    (isJsonObject(targetArtifact)
      ? findOtherSpelling(targetArtifact, DESCRIPTOR_MEMBERS)
      : undefined)
  if (misspelled !== undefined)
    throw malformed(`Cannot read payload: ${quoteGo(misspelled)} differs from a name in case only`)
  return { targetArtifact: parseDescriptor(targetArtifact) }
}
