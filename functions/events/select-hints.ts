// Which hints of an event lead to a look: what the source may tell of, and what can be signed at all. It is a
// cheap filter before the queue; what is signed is decided when the artifact itself is looked at.

import { isNotationError } from '../../shared/errors.ts'
import { MANIFEST_MEDIA_TYPES } from '../../shared/registry/media-types.ts'
import { parseReference } from '../../shared/registry/reference.ts'
import { addCounts, countReasons } from './collect-hints.ts'
import type { EventSource } from './event-source.ts'
import type { ArtifactHint, IgnoredCounts, IgnoreReason, ReadEvents } from './source-type.ts'

/** As clients name the index of a digest's referrers: the specification, oras-go, and cosign, which appends what it holds. */
const REFERRERS_TAG = /^sha(?:256|384|512)-[0-9a-f]{64,128}(?:\.[a-z]+)?$/
const DIGEST_IN_PLACE_OF_TAG = /^sha(?:256|384|512):/

/** An artifact to look at; it has a digest, a tag, or both, all well-formed. */
export interface SelectedHint {
  readonly repository: string
  readonly digest?: string
  readonly tag?: string
}

/** What is left of a body. */
export interface Selection {
  readonly selected: readonly SelectedHint[]
  readonly ignored: IgnoredCounts
}

/**
 * Applies the filter.
 *
 * @param isOwnManifest - whether a digest is that of a signature pushed from here; left out where none is known
 */
export function selectHints(
  { hints, ignored }: ReadEvents,
  source: EventSource,
  isOwnManifest: (digest: string) => boolean = () => false,
): Selection {
  const results = hints.map((hint) => {
    const result = selectHint(hint, source)
    if (typeof result === 'string' || result.digest === undefined) return result
    return isOwnManifest(result.digest) ? 'own-signature' : result
  })
  const reasons = results.filter((result) => typeof result === 'string')
  return {
    selected: results.filter((result) => typeof result !== 'string'),
    ignored: addCounts(ignored, countReasons(reasons)),
  }
}

function selectHint(hint: ArtifactHint, source: EventSource): SelectedHint | IgnoreReason {
  const { registry = source.registry, mediaType } = hint
  if (mediaType !== undefined && !MANIFEST_MEDIA_TYPES.includes(mediaType)) return 'media-type'
  if (registry !== source.registry) return 'registry'
  const named = nameOf({ ...hint, repository: repositoryOf(hint, source) })
  if (typeof named === 'string') return named
  if (named.tag !== undefined && REFERRERS_TAG.test(named.tag)) return 'referrers-tag'
  if (named.digest === undefined && named.tag === undefined) return 'unnamed'
  if (!isWellFormed(named, source.registry)) return 'malformed'
  return source.matchesRepository(named.repository) ? named : 'repository'
}

function repositoryOf({ repository, otherNames = [] }: ArtifactHint, source: EventSource): string {
  return [repository, ...otherNames].find(source.matchesRepository) ?? repository
}

/** A digest in the tag's place is the digest; two that differ name nothing. */
function nameOf({ repository, digest, tag }: ArtifactHint): SelectedHint | 'malformed' {
  if (tag === undefined || !DIGEST_IN_PLACE_OF_TAG.test(tag))
    return {
      repository,
      ...(digest === undefined ? {} : { digest }),
      ...(tag === undefined ? {} : { tag }),
    }
  return digest === undefined || digest === tag ? { repository, digest: tag } : 'malformed'
}

function isWellFormed({ repository, digest, tag }: SelectedHint, registry: string): boolean {
  const names = [
    ...(digest === undefined ? [] : [`@${digest}`]),
    ...(tag === undefined ? [] : [`:${tag}`]),
  ]
  return names.every((name) => {
    const read = readReference(`${registry}/${repository}${name}`)
    return read !== undefined && read.repository === repository && read.registry === registry
  })
}

function readReference(text: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(text)
  } catch (cause) {
    if (isNotationError(cause)) return undefined
    throw cause
  }
}
