// The bytes that a signer is asked to sign: made for an envelope, and recognised, so that a key signs
// nothing but Notary Project signatures.

import type { KeySpecEntry } from '../algorithm.ts'
import type { Descriptor } from '../descriptor.ts'
import { isNotationError, NotationError } from '../errors.ts'
import type { SignedAttributes } from './attributes.ts'
import { envelopeFormat } from './envelope.ts'
import { malformed } from './malformed.ts'
import type { EnvelopeMediaType } from './media-type.ts'
import { encodePayload, parsePayload } from './payload.ts'
import type { EnvelopeFormat, SignedParts } from './unverified-envelope.ts'

/** What is to be signed. */
export interface SigningContent {
  readonly targetArtifact: Descriptor
  readonly attributes: SignedAttributes
  readonly keySpec: KeySpecEntry
}

/** The bytes to sign and the parts of the envelope that they are made of. */
export interface SigningInput extends SignedParts {
  readonly bytes: Uint8Array
}

/** What a signing input says. */
export interface ParsedSigningInput {
  readonly mediaType: EnvelopeMediaType
  readonly attributes: SignedAttributes
  readonly targetArtifact: Descriptor
}

/** First byte of an array of four, which no JWS begins with. */
const COSE_FIRST_BYTE = 0x84

/** Makes the bytes to sign, as notation would. */
export function encodeSigningInput(
  mediaType: EnvelopeMediaType,
  { targetArtifact, attributes, keySpec }: SigningContent,
): SigningInput {
  const format = envelopeFormat(mediaType)
  const parts = {
    protectedHeader: format.encodeHeader({ algorithm: keySpec, attributes }),
    payload: encodePayload(targetArtifact, format.payloadOrder),
  }
  return { ...parts, bytes: format.encodeSigningInput(parts) }
}

/**
 * Recognises the bytes to sign of an envelope that verifyIntegrity would accept, with a key of this kind.
 *
 * A token, a certificate or any other bytes are refused: a signature over them would mean something else.
 *
 * @throws {NotationError} `request-invalid`
 */
export function parseSigningInput(bytes: Uint8Array, keySpec: KeySpecEntry): ParsedSigningInput {
  const mediaType = bytes[0] === COSE_FIRST_BYTE ? 'application/cose' : 'application/jose+json'
  try {
    return readSigningInput(envelopeFormat(mediaType), bytes, keySpec)
  } catch (cause) {
    if (!isNotationError(cause, 'envelope-malformed', 'encoding-invalid')) throw cause
    throw new NotationError(
      'request-invalid',
      `Cannot sign: the bytes are no Notary Project signing input for a key of ${keySpec.keySpec}: ${cause.message}`,
      { cause },
    )
  }
}

function readSigningInput(
  format: EnvelopeFormat,
  bytes: Uint8Array,
  keySpec: KeySpecEntry,
): ParsedSigningInput {
  const { protectedHeader, payload } = format.parseSigningInput(bytes)
  const { algorithm, attributes } = format.parseHeader(protectedHeader)
  if (algorithm !== keySpec) throw malformed(format.algorithmMismatch(algorithm, keySpec))
  const { targetArtifact } = parsePayload(attributes.contentType, payload)
  return { mediaType: format.mediaType, attributes, targetArtifact }
}
