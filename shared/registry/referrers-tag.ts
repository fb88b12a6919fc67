// The tag schema: where a registry has no referrers API, an index under a tag made of the subject's digest
// lists its referrers (OCI distribution specification v1.1 §Referrers Tag Schema).

import type { JsonValue } from '../json.ts'
import { type ContentDeps, fetchManifest } from './content.ts'
import { OCI_IMAGE_INDEX } from './media-types.ts'
import { parseReferrersIndex, type ReferrersIndex } from './referrers-index.ts'

const MAX_ALGORITHM_CHARACTERS = 32
const MAX_HEX_CHARACTERS = 64
const MAX_TAG_CHARACTERS = 128

/** An index of referrers as it lies under a tag. */
export interface TaggedIndex extends ReferrersIndex {
  /** The registry's entity tag, for a conditional update. */
  readonly entityTag: string | undefined
}

const EMPTY_INDEX: TaggedIndex = {
  document: { schemaVersion: 2, mediaType: OCI_IMAGE_INDEX },
  manifests: [] as readonly JsonValue[],
  entityTag: undefined,
}

/** The tag that the specification lists referrers of a digest under: of a long digest a part. */
export function referrersTag(subjectDigest: string): string {
  const [algorithm = '', hex = ''] = subjectDigest.split(':')
  return `${algorithm.slice(0, MAX_ALGORITHM_CHARACTERS)}-${hex.slice(0, MAX_HEX_CHARACTERS)}`
}

/**
 * The tags that clients may have listed referrers under: the specification's, and the uncut one of oras-go.
 *
 * Of sha512 the uncut one would have 135 characters; tags have at most 128, so none can exist.
 */
export function possibleReferrersTags(subjectDigest: string): readonly string[] {
  const uncut = subjectDigest.replace(':', '-')
  const tags = [referrersTag(subjectDigest), uncut]
  return [...new Set(tags)].filter((tag) => tag.length <= MAX_TAG_CHARACTERS)
}

/**
 * The index under a tag: an empty one where there is no such tag, undefined where the tag holds something else.
 *
 * GitLab answers the tag with the subject itself, whose children would pass for referrers, and whose update
 * would replace the image (oras-go#1396, #1403).
 *
 * @throws {NotationError} the codes of fetchManifest and parseReferrersIndex: a failing registry is never taken for
 *   an empty index, because the next update would lose what others have listed
 */
export async function fetchTaggedIndex(
  repository: string,
  tag: string,
  subjectDigest: string,
  deps: ContentDeps,
): Promise<TaggedIndex | undefined> {
  const manifest = await fetchManifest(repository, tag, deps)
  if (manifest === undefined) return EMPTY_INDEX
  if (manifest.digest === subjectDigest || manifest.mediaType !== OCI_IMAGE_INDEX) return undefined
  const index = parseReferrersIndex(manifest.bytes, `the index under tag "${tag}"`)
  return { ...index, entityTag: manifest.entityTag }
}
