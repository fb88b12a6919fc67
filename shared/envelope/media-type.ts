// The two forms a signature comes in, by their media types (signature-specification.md §Storage).

import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'

/** Media types of signature envelopes. */
export const ENVELOPE_MEDIA_TYPES = ['application/jose+json', 'application/cose'] as const

/** JWS in flattened JSON, or COSE_Sign1 with its tag. */
export type EnvelopeMediaType = (typeof ENVELOPE_MEDIA_TYPES)[number]

/**
 * The media type that a text names.
 *
 * @throws {NotationError} `envelope-malformed` with the reference implementation's text
 */
export function parseEnvelopeMediaType(text: string): EnvelopeMediaType {
  const mediaType = ENVELOPE_MEDIA_TYPES.find((known) => known === text)
  if (mediaType !== undefined) return mediaType
  throw new NotationError(
    'envelope-malformed',
    `signature envelope format with media type ${quoteGo(text)} is not supported`,
  )
}
