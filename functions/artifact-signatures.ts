// The signatures of an artifact in a registry, as far as a caller may have them looked at.

import type { Descriptor } from '../shared/descriptor.ts'
import { isNotationError } from '../shared/errors.ts'
import type { Registry } from '../shared/registry/client.ts'
import type { BrokenSignature, SignatureInput } from '../shared/verify/verify-artifact.ts'
import type { Exchange } from './exchange.ts'
import {
  type Artifact,
  artifactOf,
  readableRegistryOf,
  readReference,
  repositoryOf,
} from './registries.ts'

/** An artifact, and the registry to read its signatures from. */
export interface LocatedArtifact {
  readonly registry: Registry
  /** As the registry calls it, without the host. */
  readonly repository: string
  readonly artifact: Artifact
}

/**
 * Resolves a reference in a repository that the caller may read, or that is public.
 *
 * @throws {NotationError} `reference-invalid`, what readableRegistryOf throws for everybody else, and what resolving throws
 */
export async function locateArtifact(
  text: string,
  { caller, deps, note }: Exchange,
): Promise<LocatedArtifact> {
  const reference = readReference(text)
  note({ repository: repositoryOf(reference) })
  const registry = readableRegistryOf(reference, caller, deps)
  const artifact = artifactOf(reference, await registry.resolve(reference))
  note({ artifactDigest: artifact.descriptor.digest })
  return { registry, repository: reference.repository, artifact }
}

/**
 * The signatures of an artifact in the repository of a located one. They are fetched one by one, when asked for: a policy
 * that skips verification asks for none.
 */
export async function* fetchSignatures(
  { registry, repository }: LocatedArtifact,
  descriptor: Descriptor,
): AsyncGenerator<SignatureInput | BrokenSignature, void, undefined> {
  for await (const manifest of registry.listSignatures(repository, descriptor))
    yield await fetchSignature(registry, repository, manifest)
}

/** Whoever can push a referrer could otherwise make every look at the artifact fail. */
async function fetchSignature(
  registry: Registry,
  repository: string,
  manifest: Descriptor,
): Promise<SignatureInput | BrokenSignature> {
  const { digest } = manifest
  try {
    return { digest, ...(await registry.fetchSignatureEnvelope(repository, manifest)) }
  } catch (fault) {
    if (isNotationError(fault, 'envelope-malformed')) return { digest, fault }
    throw fault
  }
}
