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
  let readBack: Promise<void> | undefined
  const pushed = await registry.pushSignature({
    ...push,
    // While it is being listed.
    onPushed: (manifest) => {
      readBack = expectEnvelope(registry, repository, manifest)
      readBack.catch(() => {})
    },
  })
  const { manifestDigest, isSeenListed } = pushed
  if (!isSeenListed && !(await isListed(registry, repository, subject, manifestDigest)))
    throw lost(manifestDigest, 'the registry does not list it')
  await readBack
  return pushed
}

/** All content is checked against its digest: what comes is what was pushed. */
async function expectEnvelope(
  registry: Registry,
  repository: string,
  manifest: Descriptor,
): Promise<void> {
  try {
    await registry.fetchSignatureEnvelope(repository, manifest)
  } catch (cause) {
    if (!isNotationError(cause, 'envelope-malformed')) throw cause
    throw lost(manifest.digest, cause.message)
  }
}

async function isListed(
  registry: Registry,
  repository: string,
  subject: Descriptor,
  manifestDigest: string,
): Promise<boolean> {
  for await (const manifest of registry.listSignatures(repository, subject))
    if (manifest.digest === manifestDigest) return true
  return false
}

function lost(manifestDigest: string, found: string): NotationError {
  return new NotationError(
    'registry-answer-invalid',
    `Cannot find the signature "${manifestDigest}" that was pushed: ${found}`,
  )
}
