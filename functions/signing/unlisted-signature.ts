// The signature that a state names and the registry has, but lists no more: another tool has written the list under the
// fallback tag. It is listed again, and no other is paid for.

import { decodeBase64 } from '../../shared/base64.ts'
import type { Descriptor } from '../../shared/descriptor.ts'
import { signingTimeOf } from '../../shared/envelope/attributes.ts'
import { isNotationError } from '../../shared/errors.ts'
import { publishSignature } from '../publish-signature.ts'
import {
  type FoundSignature,
  findStandingSignature,
  type SoughtSignature,
  type StandingSignatureDeps,
} from './standing-signature.ts'

/**
 * Lists the known signature again, where its manifest is still there and what is sought.
 *
 * @param listed - the manifests that the registry lists for the artifact
 * @returns undefined where none is known, or it stands in the list, or the registry cannot be made to list it
 * @throws {NotationError} the registry's codes
 */
export async function listAgain(
  sought: SoughtSignature,
  listed: readonly Descriptor[],
  deps: StandingSignatureDeps,
): Promise<FoundSignature | undefined> {
  const { knownManifestDigest: digest, descriptor: subject } = sought
  if (digest === undefined || listed.some((manifest) => manifest.digest === digest))
    return undefined
  const { registry, repository, now } = deps
  try {
    const { mediaType, bytes } = await registry.fetchManifestByDigest(repository, digest)
    const unlisted = { mediaType, digest, size: bytes.length }
    const found = await findStandingSignature(sought, [unlisted], deps)
    if (found === undefined) return undefined
    const { manifestDigest } = await publishSignature(registry, {
      repository,
      subject,
      mediaType: found.mediaType,
      envelope: decodeBase64(found.envelope),
      chain: found.content.chain,
      // As it was pushed first: the manifest stays the same.
      createdAt: signingTimeOf(found.content.attributes) ?? now(),
    })
    return { ...found, manifestDigest }
  } catch (cause) {
    if (isNotationError(cause, 'artifact-unknown', 'registry-answer-invalid')) return undefined
    throw cause
  }
}
