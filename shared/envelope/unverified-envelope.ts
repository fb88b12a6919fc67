// An envelope whose parts were told apart and nothing more, and what each form must be able to do.

import type { KeySpecEntry } from '../algorithm.ts'
import type { SignedAttributes } from './attributes.ts'
import type { EnvelopeMediaType } from './media-type.ts'

/** The two byte strings that a signature covers. */
export interface SignedParts {
  /** JSON, or a CBOR map. */
  readonly protectedHeader: Uint8Array
  readonly payload: Uint8Array
}

/** What stands in an envelope unsigned. */
export interface UnsignedParts {
  /** RSASSA-PSS, or ECDSA as fixed-width r‖s. */
  readonly signature: Uint8Array
  /** DER, leaf first. */
  readonly certificates: readonly Uint8Array[]
  /** DER TimeStampToken. */
  readonly timestampToken?: Uint8Array
  /** What made the envelope, by its own account. */
  readonly signingAgent?: string
}

/** An envelope before verification: nothing in it may be relied on. */
export interface UnverifiedEnvelope extends SignedParts, UnsignedParts {
  readonly mediaType: EnvelopeMediaType
  /** The bytes that were signed, made of the parts as they were received. */
  readonly signingInput: Uint8Array
}

/** A protected header, read; true only once the signature is. */
export interface ProtectedHeader {
  readonly algorithm: KeySpecEntry
  readonly attributes: SignedAttributes
}

/** One form of envelopes. Its parsers throw `envelope-malformed`, and `encoding-invalid` for the outermost bytes. */
export interface EnvelopeFormat {
  readonly mediaType: EnvelopeMediaType
  /** In which order notation writes the members of a payload. */
  readonly payloadOrder: 'sorted' | 'declared'
  parse(bytes: Uint8Array): Omit<UnverifiedEnvelope, 'mediaType'>
  parseHeader(protectedHeader: Uint8Array): ProtectedHeader
  encodeHeader(header: ProtectedHeader): Uint8Array
  parseSigningInput(bytes: Uint8Array): SignedParts
  encodeSigningInput(parts: SignedParts): Uint8Array
  assemble(parts: SignedParts & UnsignedParts): Uint8Array
  /** The reference implementation's words for an algorithm that does not fit the leaf's key. */
  algorithmMismatch(found: KeySpecEntry, wanted: KeySpecEntry): string
  /** The reference implementation's words for a signature that does not verify. */
  signatureFailure(keySpec: KeySpecEntry): string
}
