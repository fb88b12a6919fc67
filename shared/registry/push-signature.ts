// Pushes a signature as a referrer of what it signs: envelope, config and manifest, and an entry under the
// referrers tag where the registry has no referrers API (OCI distribution specification v1.1 §Pushing Manifests with Subject).

import { encodeUtf8, toHex } from '../bytes.ts'
import { type Descriptor, sameContent } from '../descriptor.ts'
import { digestOf } from '../digest.ts'
import { isNotationError, NotationError } from '../errors.ts'
import type { ContentDeps } from './content.ts'
import type { Answer } from './exchange.ts'
import { OCI_IMAGE_INDEX, OCI_IMAGE_MANIFEST } from './media-types.ts'
import { hasBlob, pushBlob, pushManifest } from './push.ts'
import { hasReferrersApi } from './referrers.ts'
import { referrersOfType } from './referrers-index.ts'
import { fetchTaggedIndex, referrersTag, type TaggedIndex } from './referrers-tag.ts'
import {
  EMPTY_CONFIG,
  encodeSignatureManifest,
  SIGNATURE_ARTIFACT_TYPE,
  signatureAnnotations,
} from './signature-manifest.ts'

/** A signature to push. */
export interface SignaturePush {
  readonly repository: string
  /** The signed artifact. */
  readonly subject: Descriptor
  readonly mediaType: string
  readonly envelope: Uint8Array
  /** The signing certificate chain, leaf first; only `raw`, the DER, is used. */
  readonly chain: readonly { readonly raw: Uint8Array }[]
  /** When it was signed. */
  readonly createdAt: Date
  /** Told of the manifest before it is there: registries announce it while it is being pushed. */
  readonly onManifest?: (manifestDigest: string) => void
  /** Told when the registry has taken the manifest; it is not listed yet where there is no referrers API. */
  readonly onPushed?: (manifest: Descriptor) => void
}

/** A signature that can be found. */
export interface PushedSignature {
  readonly manifestDigest: string
  /** Of its manifest. */
  readonly manifest: Descriptor
  /** Whether the list of signatures was read afterwards and had it. */
  readonly isSeenListed: boolean
}

/** Tries to list a signature under a tag that others write too: registries have no lock to take. */
const MAX_TAG_UPDATES = 5

/**
 * Pushes a signature.
 *
 * Pushing the same signature again changes nothing.
 *
 * @throws {NotationError} `registry-unavailable` when others kept overwriting the referrers tag; `registry-answer-invalid`
 *   when something else lies under it; the codes of refusal and exchange
 */
export async function pushSignature(
  push: SignaturePush,
  deps: ContentDeps,
): Promise<PushedSignature> {
  const { repository, subject } = push
  const { transport, crypto } = deps
  const envelope = {
    mediaType: push.mediaType,
    digest: await digestOf('SHA-256', push.envelope, crypto),
    size: push.envelope.length,
  }
  const described = { thumbprints: await thumbprintsOf(push, deps), createdAt: push.createdAt }
  const bytes = encodeSignatureManifest({ subject, envelope, ...described })
  const manifest = {
    mediaType: OCI_IMAGE_MANIFEST,
    digest: await digestOf('SHA-256', bytes, crypto),
    size: bytes.length,
  }
  push.onManifest?.(manifest.digest)
  // The manifest goes last: registries refuse one whose blobs they do not have.
  await Promise.all([
    pushEmptyConfig(repository, deps),
    pushBlob(repository, envelope, push.envelope, transport),
  ])
  const pushed = { mediaType: OCI_IMAGE_MANIFEST, bytes }
  const answer = await pushSignatureManifest(repository, manifest.digest, pushed, deps)
  push.onPushed?.(manifest)
  const hasApi =
    answer.headers.get('oci-subject') === subject.digest &&
    (await hasReferrersApi(repository, subject.digest, deps))
  if (!hasApi) {
    const entry = { ...manifest, annotations: signatureAnnotations(described) }
    await listUnderTag(repository, subject.digest, entry, deps)
  }
  return { manifestDigest: manifest.digest, manifest, isSeenListed: !hasApi }
}

async function pushEmptyConfig(
  repository: string,
  { transport, memory }: ContentDeps,
): Promise<void> {
  const known = memory(repository)
  if (known.hasEmptyConfig) return
  if (!(await hasBlob(repository, EMPTY_CONFIG, transport)))
    await pushBlob(repository, EMPTY_CONFIG, EMPTY_CONFIG.bytes, transport)
  known.hasEmptyConfig = true
}

/** What is refused may lack a config that the registry had and has collected since: then it is pushed, once. */
async function pushSignatureManifest(
  repository: string,
  digest: string,
  manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
  deps: ContentDeps,
): Promise<Answer> {
  const { transport, memory } = deps
  try {
    return await pushManifest(repository, digest, manifest, transport)
  } catch (cause) {
    if (!isNotationError(cause, 'registry-answer-invalid', 'artifact-unknown')) throw cause
    memory(repository).hasEmptyConfig = false
    await pushEmptyConfig(repository, deps)
    return pushManifest(repository, digest, manifest, transport)
  }
}

async function thumbprintsOf(
  { chain }: SignaturePush,
  { crypto }: ContentDeps,
): Promise<readonly string[]> {
  const digests = chain.map(({ raw }) => crypto.digest('SHA-256', raw))
  return (await Promise.all(digests)).map(toHex)
}

/**
 * Adds an entry to the index under the referrers tag, and makes sure that it stays.
 *
 * The old index is never deleted: where a registry maps the tag to the subject, that would delete the image.
 */
async function listUnderTag(
  repository: string,
  subjectDigest: string,
  entry: Descriptor,
  deps: ContentDeps,
): Promise<void> {
  const tag = referrersTag(subjectDigest)
  for (let updates = 0; updates <= MAX_TAG_UPDATES; updates++) {
    // Read back after every update: whoever read the index before us may have written it after us.
    const index = await fetchTaggedIndex(repository, tag, subjectDigest, deps)
    if (index === undefined) {
      throw new NotationError(
        'registry-answer-invalid',
        `Cannot list the signature under tag "${tag}" of "${repository}": the tag holds no index of referrers`,
      )
    }
    const listed = referrersOfType(index.manifests, SIGNATURE_ARTIFACT_TYPE)
    if (listed.some((other) => sameContent(other, entry))) return
    if (updates < MAX_TAG_UPDATES) await updateTag(repository, tag, index, entry, deps)
  }
  throw new NotationError(
    'registry-unavailable',
    `Cannot list the signature under tag "${tag}" of "${repository}": others overwrite it; try again`,
  )
}

/** A 412 to the entity tag is no failure: the index has changed, and is read again. */
async function updateTag(
  repository: string,
  tag: string,
  { document, manifests, entityTag }: TaggedIndex,
  { mediaType, digest, size, annotations }: Descriptor,
  { transport }: ContentDeps,
): Promise<void> {
  const artifactType = SIGNATURE_ARTIFACT_TYPE
  const entry = { mediaType, digest, size, annotations, artifactType }
  const bytes = encodeUtf8(JSON.stringify({ ...document, manifests: [...manifests, entry] }))
  const headers = entityTag === undefined ? {} : { 'if-match': entityTag }
  await pushManifest(repository, tag, { mediaType: OCI_IMAGE_INDEX, bytes }, transport, headers)
}
