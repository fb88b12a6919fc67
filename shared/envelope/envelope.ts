// Envelopes of both forms: told apart, assembled, and the bytes that are signed. Nothing is verified here.

import { MAX_CHAIN_CERTIFICATES, MAX_ENVELOPE_BYTES } from '../limits.ts'
import { COSE_FORMAT } from './cose.ts'
import { JWS_FORMAT } from './jws.ts'
import { asMalformed, malformed } from './malformed.ts'
import { type EnvelopeMediaType, parseEnvelopeMediaType } from './media-type.ts'
import type {
  EnvelopeFormat,
  SignedParts,
  UnsignedParts,
  UnverifiedEnvelope,
} from './unverified-envelope.ts'

const FORMATS: Readonly<Record<EnvelopeMediaType, EnvelopeFormat>> = {
  'application/jose+json': JWS_FORMAT,
  'application/cose': COSE_FORMAT,
}

/** How a media type's envelopes are read and written. */
export function envelopeFormat(mediaType: EnvelopeMediaType): EnvelopeFormat {
  return FORMATS[mediaType]
}

/**
 * Tells the parts of an envelope apart.
 *
 * @param mediaType - as the signature manifest has it
 * @param bytes - untrusted, at most MAX_ENVELOPE_BYTES; the result may hold views of them
 * @throws {NotationError} `envelope-malformed`
 */
export function parseEnvelope(mediaType: string, bytes: Uint8Array): UnverifiedEnvelope {
  const known = parseEnvelopeMediaType(mediaType)
  if (bytes.length === 0) throw malformed('signature envelope is not present')
  if (bytes.length > MAX_ENVELOPE_BYTES)
    throw malformed(
      `Cannot read envelope: it takes ${bytes.length} bytes, wanted at most ${MAX_ENVELOPE_BYTES}`,
    )
  const parts = asMalformed('Cannot read envelope', () => envelopeFormat(known).parse(bytes))
  if (parts.certificates.length > MAX_CHAIN_CERTIFICATES)
    throw malformed(
      `Cannot read envelope: it has ${parts.certificates.length} certificates, wanted at most ${MAX_CHAIN_CERTIFICATES}`,
    )
  return { mediaType: known, ...parts }
}

/** The bytes of an envelope. That its signature fits its parts is left to verifyIntegrity. */
export function assembleEnvelope(
  mediaType: EnvelopeMediaType,
  parts: SignedParts & UnsignedParts,
): Uint8Array {
  return envelopeFormat(mediaType).assemble(parts)
}
