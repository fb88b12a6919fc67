// User metadata: annotations that a signer adds to the artifact's descriptor (signature-specification.md
// §Payload), with notation's two rules.

import type { Descriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'

/** Annotations under these names belong to the Notary Project. */
export const RESERVED_PREFIX = 'io.cncf.notary'

/**
 * The descriptor to sign: media type, digest, size and annotations, with the metadata among these.
 *
 * @throws {NotationError} `request-invalid` with notation's texts
 */
export function addUserMetadata(
  { mediaType, digest, size, annotations = {} }: Descriptor,
  metadata: Readonly<Record<string, string>>,
): Descriptor {
  for (const key of Object.keys(metadata)) {
    if (key.startsWith(RESERVED_PREFIX))
      throw invalid(`metadata key ${key} has reserved prefix ${RESERVED_PREFIX}`)
    if (Object.hasOwn(annotations, key))
      throw invalid(`metadata key ${key} is already present in the target artifact`)
  }
  const all = { ...annotations, ...metadata }
  if (Object.keys(all).length === 0) return { mediaType, digest, size }
  return { mediaType, digest, size, annotations: all }
}

function invalid(reason: string): NotationError {
  return new NotationError('request-invalid', `error adding user metadata: ${reason}`)
}
