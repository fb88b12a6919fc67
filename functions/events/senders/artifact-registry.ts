// Messages of Google Artifact Registry as a Pub/Sub subscription pushes them, wrapped or with payload unwrapping
// (cloud.google.com/artifact-registry/docs/configure-notifications, cloud.google.com/pubsub/docs/push). One push may be
// told of twice: by its digest, and by digest and tag.

import { decodeBase64 } from '../../../shared/base64.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { type JsonValue, parseJson } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { readImageAddress } from '../image-address.ts'
import { malformedEvent, memberAt, textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, SourceType } from '../source-type.ts'

/** Google Artifact Registry by Pub/Sub. */
export const ARTIFACT_REGISTRY: SourceType = {
  // Unwrapped messages have the type of an attribute that Artifact Registry does not set.
  contentTypes: ['application/json', 'application/octet-stream', 'text/plain'],
  authMethods: ['google', 'path'],
  acknowledgesBadBodies: true,
  readEvents: (body) => collectHints([readMessage(body)], readChange),
}

function readMessage(body: JsonValue): JsonValue {
  const encoded = textAt(body, 'message', 'data')
  if (encoded === undefined && memberAt(body, 'message') === undefined) return body
  try {
    return parseJson(decodeBase64(encoded ?? ''))
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw malformedEvent('its "message.data" is no JSON in base64', cause)
  }
}

function readChange(change: JsonValue): ArtifactHint | IgnoreReason {
  const action = textAt(change, 'action')
  if (action === undefined) return 'malformed'
  if (action !== 'INSERT') return 'action'
  const byDigest = readImageAddress(textAt(change, 'digest') ?? '')
  const byTag = readImageAddress(textAt(change, 'tag') ?? '')
  const named = byDigest ?? byTag
  if (named === undefined || !isSameImage(named, byTag ?? named)) return 'malformed'
  const { registry, repository } = named
  return { registry, repository, digest: byDigest?.digest, tag: byTag?.tag }
}

function isSameImage(one: ArtifactHint, other: ArtifactHint): boolean {
  return one.registry === other.registry && one.repository === other.repository
}
