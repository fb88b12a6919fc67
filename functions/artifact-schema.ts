// How requests name artifacts: shared by sign and verify.

import { z } from 'zod'
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
  digest: z.string().regex(/^sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/),
  size: z.int().min(0),
})

/** Signature envelope formats. */
export const envelopeMediaTypeSchema = z.enum(['application/jose+json', 'application/cose'])

const metadataTextSchema = z.string().max(MAX_USER_METADATA_CHARACTERS)

/** Annotations of the signed payload that the user chose. */
export const userMetadataSchema = z
  .record(metadataTextSchema.min(1), metadataTextSchema)
  .refine(
    (pairs) => Object.keys(pairs).length <= MAX_USER_METADATA_PAIRS,
    `has more than ${MAX_USER_METADATA_PAIRS} pairs`,
  )
