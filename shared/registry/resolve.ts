// What a reference names, as a descriptor (notation's resolve): by HEAD, or by GET where a registry's HEAD
// leaves something out.

import type { Descriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'
import {
  type ContentDeps,
  claimedDigest,
  fetchManifest,
  manifestRequest,
  mediaTypeOf,
} from './content.ts'
import type { Answer } from './exchange.ts'
import { MANIFEST_MEDIA_TYPES } from './media-types.ts'
import { encodeReference, type Reference } from './reference.ts'
import { refusal } from './refusal.ts'

/**
 * The descriptor of the manifest that a reference names, with the media type that the registry serves it under.
 *
 * By HEAD the descriptor is what the registry says of content that was not read.
 *
 * @throws {NotationError} `artifact-unknown`; `registry-answer-invalid` when the registry names another digest or no
 *   manifest's media type; the codes of refusal and exchange
 */
export async function resolveReference(
  reference: Reference,
  deps: ContentDeps,
): Promise<Descriptor> {
  const { repository, tag = '', digest = tag } = reference
  const text = encodeReference(reference)
  const answer = await deps.transport(manifestRequest('HEAD', repository, digest))
  if (answer.status === 404) throw unknownArtifact(text)
  // Some registries and proxies allow GET alone.
  if (answer.status !== 200 && answer.status !== 405) throw refusal(`resolve "${text}"`, answer)
  const described = descriptorOfHead(answer) ?? (await descriptorOfGet(reference, deps))
  if (described === undefined) throw unknownArtifact(text)
  if (!MANIFEST_MEDIA_TYPES.includes(described.mediaType)) {
    const found = `the registry serves it as "${described.mediaType}"`
    throw invalid(`Cannot resolve "${text}": ${found}, which is no manifest's media type`)
  }
  if (reference.digest !== undefined && reference.digest !== described.digest) {
    const found = `user input digest ${reference.digest} does not match the resolved digest`
    throw invalid(`Cannot resolve "${text}": ${found} ${described.digest}`)
  }
  return described
}

function descriptorOfHead(answer: Answer): Descriptor | undefined {
  const digest = claimedDigest(answer)
  const length = answer.headers.get('content-length') ?? ''
  const isCompressed = answer.headers.has('content-encoding')
  const isWhole = answer.status === 200 && digest !== undefined && /^\d{1,15}$/.test(length)
  if (!isWhole || isCompressed) return undefined
  return { mediaType: mediaTypeOf(answer), digest, size: Number(length) }
}

async function descriptorOfGet(
  { repository, tag = '', digest = tag }: Reference,
  deps: ContentDeps,
): Promise<Descriptor | undefined> {
  const manifest = await fetchManifest(repository, digest, deps)
  if (manifest === undefined) return undefined
  return { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.length }
}

function unknownArtifact(text: string): NotationError {
  return new NotationError(
    'artifact-unknown',
    `Cannot resolve "${text}": the registry has no such artifact`,
  )
}

function invalid(message: string): NotationError {
  return new NotationError('registry-answer-invalid', message)
}
