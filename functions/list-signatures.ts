// GET /v1/signatures: the manifests of an artifact's signatures, as `notation list` shows them. No envelope
// is fetched: whether one is behind a manifest, and verifies, is left to inspect and verify.

import { NotationError } from '../shared/errors.ts'
import { SIGNATURE_ARTIFACT_TYPE } from '../shared/registry/signature-manifest.ts'
import { locateArtifact } from './artifact-signatures.ts'
import type { Exchange } from './exchange.ts'
import { MAX_REFERENCE_CHARACTERS } from './limits.ts'
import { readQuery } from './request-query.ts'

/** `GET /v1/signatures?reference=`. */
export async function listSignatures(exchange: Exchange): Promise<object> {
  const { reference } = readQuery(exchange.request, ['reference'])
  if (reference === undefined || reference.length > MAX_REFERENCE_CHARACTERS)
    throw new NotationError(
      'request-invalid',
      `Cannot list signatures: "reference" is missing, or longer than ${MAX_REFERENCE_CHARACTERS} characters`,
    )
  const { registry, repository, artifact } = await locateArtifact(reference, exchange)
  const signatures: object[] = []
  let isCutShort = false
  for await (const manifest of registry.listSignatures(repository, artifact.descriptor)) {
    isCutShort = signatures.length === exchange.deps.configuration.maxSignatures
    if (isCutShort) break
    const { mediaType, digest, size } = manifest
    signatures.push({ digest, mediaType, artifactType: SIGNATURE_ARTIFACT_TYPE, size })
  }
  exchange.note({ signatures: signatures.length })
  return { artifact, signatures, ...(isCutShort ? { truncated: true } : {}) }
}
