// A client of one OCI registry, as far as signatures need one: resolve, fetch, list, push. Everything that
// is read is bounded and checked against its digest.

import type { Crypto } from '../crypto.ts'
import type { Descriptor } from '../descriptor.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { MAX_ENVELOPE_BYTES, MAX_MANIFEST_BYTES } from '../limits.ts'
import { type ContentDeps, type FetchedManifest, fetchBlob, fetchManifest } from './content.ts'
import { type ListingPage, listRepositories, listTags } from './listing.ts'
import { type PushedSignature, pushSignature, type SignaturePush } from './push-signature.ts'
import type { Reference } from './reference.ts'
import { listSignatures } from './referrers.ts'
import { createRepositoryMemory, type RepositoryMemory } from './repository-memory.ts'
import { resolveReference } from './resolve.ts'
import { parseSignatureManifest } from './signature-manifest.ts'
import { createTransport, type TransportOptions } from './transport.ts'

/** A signature envelope as it lies in the registry: nothing in it is checked but its digest. */
export interface FetchedEnvelope {
  readonly mediaType: string
  readonly envelope: Uint8Array
}

/** A registry. All methods throw the codes of refusal and exchange besides their own. */
export interface Registry {
  /** The descriptor of what a reference names; see resolveReference. */
  resolve(reference: Reference): Promise<Descriptor>
  /**
   * The bytes of a manifest that has the descriptor's digest and size.
   *
   * @throws {NotationError} `artifact-unknown` | `registry-answer-invalid`
   */
  fetchManifest(repository: string, descriptor: Descriptor): Promise<FetchedManifest>
  /**
   * A manifest by its digest, whose size is not known.
   *
   * @throws {NotationError} `artifact-unknown`; `registry-answer-invalid` for one of another digest
   */
  fetchManifestByDigest(repository: string, digest: string): Promise<FetchedManifest>
  /** The bytes of a blob that has the descriptor's digest and size. */
  fetchBlob(repository: string, descriptor: Descriptor): Promise<Uint8Array>
  /** The manifests of an artifact's signatures; see listSignatures. */
  listSignatures(repository: string, subject: Descriptor): AsyncIterable<Descriptor>
  /**
   * The envelope of a listed signature.
   *
   * @throws {NotationError} `envelope-malformed` when this one signature cannot be had (gone, too large, other content,
   *   no or several envelopes): that says nothing about the others. Any other code is the registry's.
   */
  fetchSignatureEnvelope(repository: string, manifest: Descriptor): Promise<FetchedEnvelope>
  /** A page of tags; see listTags. */
  listTags(repository: string, last?: string): Promise<ListingPage>
  /** A page of the catalogue; see listRepositories. */
  listRepositories(last?: string): Promise<ListingPage | undefined>
  /** Pushes a signature as a referrer; see pushSignature. */
  pushSignature(push: SignaturePush): Promise<PushedSignature>
}

/** A registry, its credentials, and what it is reached with. */
export interface RegistryOptions extends TransportOptions {
  readonly crypto: Crypto
  /** Of a client that outlives a request; else what it learns ends with it. */
  readonly memory?: RepositoryMemory
}

/** For a client that a request ends before anything is to be forgotten. */
const A_MOMENT = new Date(0)

/** A client of one registry. */
export function createRegistry(options: RegistryOptions): Registry {
  const { crypto, memory = createRepositoryMemory(() => A_MOMENT) } = options
  const deps = { transport: createTransport(options), crypto, memory }
  return {
    resolve: (reference) => resolveReference(reference, deps),
    fetchManifest: (repository, descriptor) => fetchKnownManifest(repository, descriptor, deps),
    fetchManifestByDigest: (repository, digest) => fetchManifestByDigest(repository, digest, deps),
    fetchBlob: (repository, descriptor) => fetchBlob(repository, descriptor, deps),
    listSignatures: (repository, subject) => listSignatures(repository, subject.digest, deps),
    fetchSignatureEnvelope: (repository, manifest) => fetchEnvelope(repository, manifest, deps),
    listTags: (repository, last) => listTags(repository, last, deps.transport),
    listRepositories: (last) => listRepositories(last, deps.transport),
    pushSignature: (push) => pushSignature(push, deps),
  }
}

async function fetchKnownManifest(
  repository: string,
  { digest, size }: Descriptor,
  deps: ContentDeps,
): Promise<FetchedManifest> {
  const action = `fetch the manifest "${digest}" of "${repository}"`
  if (size > MAX_MANIFEST_BYTES) {
    const found = `it has ${size} bytes, at most ${MAX_MANIFEST_BYTES} are read`
    throw new NotationError('registry-answer-invalid', `Cannot ${action}: ${found}`)
  }
  const manifest = await fetchManifestByDigest(repository, digest, deps)
  if (manifest.bytes.length === size) return manifest
  const found = `it has ${manifest.bytes.length} bytes, ${size} were announced`
  throw new NotationError('registry-answer-invalid', `Cannot ${action}: ${found}`)
}

async function fetchManifestByDigest(
  repository: string,
  digest: string,
  deps: ContentDeps,
): Promise<FetchedManifest> {
  const manifest = await fetchManifest(repository, digest, deps)
  if (manifest !== undefined) return manifest
  const action = `fetch the manifest "${digest}" of "${repository}"`
  throw new NotationError('artifact-unknown', `Cannot ${action}: it is not there`)
}

async function fetchEnvelope(
  repository: string,
  listed: Descriptor,
  deps: ContentDeps,
): Promise<FetchedEnvelope> {
  try {
    const manifest = await fetchKnownManifest(repository, listed, deps)
    const envelope = parseSignatureManifest(manifest.mediaType, manifest.bytes)
    if (envelope.size > MAX_ENVELOPE_BYTES) {
      const found = `its envelope has ${envelope.size} bytes, at most ${MAX_ENVELOPE_BYTES} are read`
      throw new NotationError('envelope-malformed', found)
    }
    const bytes = await fetchBlob(repository, envelope, deps)
    return { mediaType: envelope.mediaType, envelope: bytes }
  } catch (cause) {
    if (!isNotationError(cause, ...FAULTS_OF_ONE_SIGNATURE)) throw cause
    throw new NotationError(
      'envelope-malformed',
      `unable to retrieve digital signature with digest "${listed.digest}" from the repository: ${cause.message}`,
      { cause },
    )
  }
}

/** What can be wrong with one signature while the registry is well. */
const FAULTS_OF_ONE_SIGNATURE = [
  'artifact-unknown',
  'registry-answer-invalid',
  'envelope-malformed',
] as const
