// Signatures that come with a request, not from a registry.

import { z } from 'zod'
import { decodeBase64 } from '../shared/base64.ts'
import { NotationError } from '../shared/errors.ts'
import { envelopeMediaTypeSchema } from './artifact-schema.ts'

/** An envelope in base64; where its media type is left out it is recognised. */
export const givenSignatureSchema = z.strictObject({
  mediaType: envelopeMediaTypeSchema.optional(),
  envelope: z.string(),
})

/**
 * The bytes of a member in base64.
 *
 * @param member - its name, for the message
 * @throws {NotationError} `request-invalid`
 */
export function decodeMember(text: string, member: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new NotationError(
      'request-invalid',
      `Cannot use the request: "${member}" is not base64`,
      {
        cause,
      },
    )
  }
}
