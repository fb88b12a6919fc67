// CloudEvents 1.0 over HTTP, in the three modes of the HTTP binding (v1.0.2 §3): structured, batched, and
// binary, where the attributes are headers. Extensions, and attributes that no sender here needs, are left out.

import { decodeBase64 } from '../../shared/base64.ts'
import { isNotationError } from '../../shared/errors.ts'
import { type JsonValue, parseJson } from '../../shared/json.ts'
import { memberAt, textAt } from './json-members.ts'
import { mediaTypeOf } from './media-type.ts'

/** The media type of a structured one. */
export const CLOUD_EVENT = 'application/cloudevents+json'
/** The media type of a batch. */
export const CLOUD_EVENT_BATCH = 'application/cloudevents-batch+json'

/** An event. */
export interface CloudEvent {
  /** What happened, in the sender's words. */
  readonly type: string
  readonly source: string
  /** Undefined where it has none. */
  readonly data: JsonValue | undefined
}

/**
 * The events of a request.
 *
 * @returns in the order of the request, `malformed` where one is not a CloudEvent 1.0
 */
export function readCloudEvents(
  body: JsonValue,
  headers: Headers,
): readonly (CloudEvent | 'malformed')[] {
  const mediaType = mediaTypeOf(headers)
  // Event Grid's documentation shows lists where the binding has one event; what is in them is clear enough.
  if (mediaType === CLOUD_EVENT)
    return Array.isArray(body) ? body.map(readStructured) : [readStructured(body)]
  if (mediaType === CLOUD_EVENT_BATCH)
    return Array.isArray(body) ? body.map(readStructured) : ['malformed']
  return [readBinary(body, headers)]
}

function readStructured(event: JsonValue): CloudEvent | 'malformed' {
  const attributes = {
    specversion: textAt(event, 'specversion'),
    id: textAt(event, 'id'),
    type: textAt(event, 'type'),
    source: textAt(event, 'source'),
  }
  return withData(attributes, readData(event))
}

function readBinary(data: JsonValue, headers: Headers): CloudEvent | 'malformed' {
  const attributes = {
    specversion: headers.get('ce-specversion') ?? undefined,
    id: headers.get('ce-id') ?? undefined,
    type: headers.get('ce-type') ?? undefined,
    source: headers.get('ce-source') ?? undefined,
  }
  return withData(attributes, data)
}

/** Those that every event has (CloudEvents v1.0.2 §Required attributes). */
type Attributes = Readonly<Record<'specversion' | 'id' | 'type' | 'source', string | undefined>>

function withData(
  { specversion, id, type, source }: Attributes,
  data: JsonValue | undefined,
): CloudEvent | 'malformed' {
  if (specversion !== '1.0' || id === undefined || type === undefined || source === undefined)
    return 'malformed'
  return { type, source, data }
}

/** JSON as it is, or as base64 of its bytes (JSON format v1.0.2 §3.1). */
function readData(event: JsonValue): JsonValue | undefined {
  const encoded = textAt(event, 'data_base64')
  if (encoded === undefined) return memberAt(event, 'data')
  try {
    return parseJson(decodeBase64(encoded))
  } catch (cause) {
    if (isNotationError(cause)) return undefined
    throw cause
  }
}
