// Pushes a signature and reads it back: what an answer calls pushed can be found and fetched by a verifier.

import type { Descriptor } from '../shared/descriptor.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import type { Registry } from '../shared/registry/client.ts'
import type { PushedSignature, SignaturePush } from '../shared/registry/push-signature.ts'

/**
 * Publishes a signature.
 *
 * @throws {NotationError} `registry-answer-invalid` when the registry does not list it, or serves another envelope; what
 *   pushing and listing throw
 */
export async function publishSignature(
  registry: Registry,
  push: SignaturePush,
): Promise<PushedSignature> {
  const { repository, subject } = push
  const pushed = await registry.pushSignature(push)
  const { manifestDigest } = pushed
  const listed = await findSignature(registry, repository, subject, manifestDigest)
  if (listed === undefined) throw lost(manifestDigest, 'the registry does not list it')
  try {
    // All content is checked against its digest: what comes is what was pushed.
    await registry.fetchSignatureEnvelope(repository, listed)
  } catch (cause) {
    if (!isNotationError(cause, 'envelope-malformed')) throw cause
    throw lost(manifestDigest, cause.message)
  }
  return pushed
}

async function findSignature(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  manifestDigest: string,
): Promise<Descriptor | undefined> {
  for await (const manifest of registry.listSignatures(repository, subject))
    if (manifest.digest === manifestDigest) return manifest
  return undefined
}

function lost(manifestDigest: string, found: string): NotationError {
  return new NotationError(
    'registry-answer-invalid',
    `Cannot find the signature "${manifestDigest}" that was pushed: ${found}`,
  )
}
