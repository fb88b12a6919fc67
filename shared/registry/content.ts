// Manifests and blobs of a registry, fetched and checked against their digests, and pushed.

import type { Crypto } from '../crypto.ts'
import type { Descriptor } from '../descriptor.ts'
import { digestOf, parseDigest } from '../digest.ts'
import { NotationError } from '../errors.ts'
import { MAX_MANIFEST_BYTES } from '../limits.ts'
import type { Answer } from './exchange.ts'
import { MANIFEST_MEDIA_TYPES } from './media-types.ts'
import { refusal } from './refusal.ts'
import type { RepositoryMemory } from './repository-memory.ts'
import type { RegistryRequest, Transport } from './transport.ts'

/** A manifest's bytes, which have its digest. */
export interface FetchedManifest {
  /** As the registry served it, without parameters. */
  readonly mediaType: string
  readonly digest: string
  readonly bytes: Uint8Array
  /** The registry's entity tag, for a conditional update. */
  readonly entityTag: string | undefined
}

/** What reads and writes need. */
export interface ContentDeps {
  readonly transport: Transport
  readonly memory: RepositoryMemory
  readonly crypto: Crypto
}

/**
 * Fetches a manifest by tag or digest.
 *
 * @param reference - a tag or a digest
 * @returns undefined when the registry has no such manifest
 * @throws {NotationError} the codes of refusal and exchange; `registry-answer-invalid` for content with another digest
 */
export async function fetchManifest(
  repository: string,
  reference: string,
  { transport, crypto }: ContentDeps,
): Promise<FetchedManifest | undefined> {
  const answer = await transport(manifestRequest('GET', repository, reference))
  if (answer.status === 404) return undefined
  const action = `fetch the manifest "${reference}" of "${repository}"`
  if (answer.status !== 200) throw refusal(action, answer)
  // Asked for by tag, the content has to fit what the registry claims, where it claims anything.
  const wanted = reference.includes(':') ? reference : claimedDigest(answer)
  const hash = wanted === undefined ? 'SHA-256' : parseDigest(wanted).hash
  const digest = await digestOf(hash, answer.bytes, crypto)
  if (wanted !== undefined && wanted !== digest) throw otherContent(action, wanted, digest)
  const entityTag = answer.headers.get('etag') ?? undefined
  return { mediaType: mediaTypeOf(answer), digest, bytes: answer.bytes, entityTag }
}

/**
 * Fetches a blob.
 *
 * @throws {NotationError} the codes of refusal and exchange; `registry-answer-invalid` for content with another digest or size
 */
export async function fetchBlob(
  repository: string,
  { digest, size }: Descriptor,
  { transport, crypto }: ContentDeps,
): Promise<Uint8Array> {
  const url = `/v2/${repository}/blobs/${digest}`
  const answer = await transport({ method: 'GET', url, repository, access: 'pull', maxBytes: size })
  const action = `fetch the blob "${digest}" of "${repository}"`
  if (answer.status !== 200) throw refusal(action, answer)
  const found = await digestOf(parseDigest(digest).hash, answer.bytes, crypto)
  if (found !== digest) throw otherContent(action, digest, found)
  if (answer.bytes.length === size) return answer.bytes
  throw new NotationError(
    'registry-answer-invalid',
    `Cannot ${action}: it has ${answer.bytes.length} bytes, ${size} were announced`,
  )
}

/** The request for a manifest, by tag or digest, in any media type that can be signed. */
export function manifestRequest(
  method: 'GET' | 'HEAD',
  repository: string,
  reference: string,
): RegistryRequest {
  return {
    method,
    url: `/v2/${repository}/manifests/${reference}`,
    repository,
    access: 'pull',
    headers: { accept: MANIFEST_MEDIA_TYPES.join(', ') },
    maxBytes: MAX_MANIFEST_BYTES,
  }
}

/**
 * The digest that a registry says its answer has.
 *
 * @throws {NotationError} `registry-answer-invalid` for a text that is no digest
 */
export function claimedDigest({ headers, url }: Answer): string | undefined {
  const digest = headers.get('docker-content-digest')
  if (digest === null) return undefined
  try {
    parseDigest(digest)
    return digest
  } catch (cause) {
    throw new NotationError(
      'registry-answer-invalid',
      `Cannot read the answer of "${url.host}": its Docker-Content-Digest is no digest`,
      { cause },
    )
  }
}

/** The media type of an answer, in lower case and without parameters. */
export function mediaTypeOf({ headers }: Answer): string {
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';')
  return mediaType.trim().toLowerCase()
}

function otherContent(action: string, wanted: string, found: string): NotationError {
  return new NotationError(
    'registry-answer-invalid',
    `Cannot ${action}: the content has digest "${found}", wanted "${wanted}"`,
  )
}
