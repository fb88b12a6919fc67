// One signature of a list, inspected: its facts, or why it has none. A bad one never hides the others.

import type { Crypto } from '../crypto.ts'
import { isNotationError, type NotationError } from '../errors.ts'
import { readSignatureFacts, type SignatureFacts } from './signature-facts.ts'

/** A signature that could be read. */
export interface ReadableSignature {
  /** Of the signature's manifest, where it came from a registry. */
  readonly digest?: string
  readonly facts: SignatureFacts
}

/** A signature that could not be read, or not be had. */
export interface UnreadableSignature {
  readonly digest?: string
  /** Of the envelope, where there was one. */
  readonly mediaType?: string
  readonly problem: NotationError
}

/** What became of the inspection of one signature. */
export type InspectedSignature = ReadableSignature | UnreadableSignature

/** What the readers throw about an envelope; all else is about us. */
const ENVELOPE_CODES = [
  'envelope-malformed',
  'certificate-malformed',
  'chain-invalid',
  'key-unsupported',
  'signature-mismatch',
] as const

/**
 * Inspects a signature.
 *
 * @param signature - an envelope of any bytes
 */
export async function inspectSignature(
  signature: {
    readonly digest?: string
    readonly mediaType: string
    readonly envelope: Uint8Array
  },
  crypto: Crypto,
): Promise<InspectedSignature> {
  const { mediaType, envelope } = signature
  const digest = signature.digest === undefined ? {} : { digest: signature.digest }
  try {
    return { ...digest, facts: await readSignatureFacts(mediaType, envelope, crypto) }
  } catch (problem) {
    if (!isNotationError(problem, ...ENVELOPE_CODES)) throw problem
    return { ...digest, mediaType, problem }
  }
}
