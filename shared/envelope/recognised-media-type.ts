// Which form an envelope is of, by its first byte: a signature of a blob is a bare file, whose name may
// have said it and need not.

import type { EnvelopeMediaType } from './media-type.ts'

/** Of the tag that COSE_Sign1 has (RFC 9052 §2); no JSON text begins with it. */
const COSE_FIRST_BYTE = 0xd2

/**
 * The only media type as which these bytes can be read as an envelope, if they are one.
 *
 * @see signature-specification.md §Blob Signatures: without a file name extension each format is tried
 */
export function recognisedMediaType([first]: Uint8Array): EnvelopeMediaType {
  return first === COSE_FIRST_BYTE ? 'application/cose' : 'application/jose+json'
}
