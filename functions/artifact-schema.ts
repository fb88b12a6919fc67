// How requests name artifacts: shared by sign and verify.

import { z } from 'zod'
import { RESERVED_PREFIX } from '../shared/sign/user-metadata.ts'
import {
  MAX_REFERENCE_CHARACTERS,
  MAX_USER_METADATA_CHARACTERS,
  MAX_USER_METADATA_PAIRS,
} from './limits.ts'

/** `registry/repository:tag` or `registry/repository@digest`. */
export const referenceSchema = z.string().min(1).max(MAX_REFERENCE_CHARACTERS)

/** An OCI descriptor's three binding members. */
export const descriptorSchema = z.strictObject({
  mediaType: z.string().min(1).max(255),
  digest: z.string().regex(/^sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/),
  size: z.int().min(0),
})

/** Signature envelope formats. */
export const envelopeMediaTypeSchema = z.enum(['application/jose+json', 'application/cose'])

/** Annotations of the signed payload that the user chose. */
export const userMetadataSchema = z
  .custom<Readonly<Record<string, string>>>(
    isUserMetadata,
    `must be an object of at most ${MAX_USER_METADATA_PAIRS} texts of at most ${MAX_USER_METADATA_CHARACTERS} characters; names must not begin with ${RESERVED_PREFIX}`,
  )
  .meta({
    type: 'object',
    maxProperties: MAX_USER_METADATA_PAIRS,
    additionalProperties: { type: 'string', maxLength: MAX_USER_METADATA_CHARACTERS },
  })

/** Not a z.record: its faults would be found at paths that hold the caller's own names. */
function isUserMetadata(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const pairs = Object.entries(value)
  const isText = (text: unknown): boolean =>
    typeof text === 'string' && text.length <= MAX_USER_METADATA_CHARACTERS
  const isName = (name: string): boolean =>
    name !== '' && isText(name) && !name.startsWith(RESERVED_PREFIX)
  return (
    pairs.length <= MAX_USER_METADATA_PAIRS &&
    pairs.every(([name, text]) => isName(name) && isText(text))
  )
}
