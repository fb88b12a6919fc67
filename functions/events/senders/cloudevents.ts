// CloudEvents with data of this project's own shape, for whatever speaks CloudEvents and has no type. The type of the
// event is not looked at: senders send what was pushed, and whatever else they send costs one look.

import type { JsonValue } from '../../../shared/json.ts'
import { CLOUD_EVENT, CLOUD_EVENT_BATCH, type CloudEvent, readCloudEvents } from '../cloud-event.ts'
import { collectHints } from '../collect-hints.ts'
import { textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, ReadEvents, SourceType } from '../source-type.ts'

/** CloudEvents whose data is `{ "repository", "digest"?, "tag"?, "mediaType"? }`. */
export const CLOUDEVENTS: SourceType = {
  // JSON alone is the data of an event in binary mode.
  contentTypes: [CLOUD_EVENT, CLOUD_EVENT_BATCH, 'application/json'],
  authMethods: ['hmac', 'bearer', 'basic', 'header', 'path', 'google', 'entra'],
  hmac: [{ header: 'X-Hub-Signature-256', hash: 'SHA-256', prefix: 'sha256=' }],
  acknowledgesBadBodies: false,
  // None until CONFIG names some.
  origins: [],
  readEvents: readBody,
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  return collectHints(readCloudEvents(body, headers), readEvent)
}

function readEvent(event: CloudEvent | 'malformed'): ArtifactHint | IgnoreReason {
  if (event === 'malformed') return event
  const repository = textAt(event.data, 'repository')
  if (repository === undefined) return 'malformed'
  return {
    repository,
    digest: textAt(event.data, 'digest'),
    tag: textAt(event.data, 'tag'),
    mediaType: textAt(event.data, 'mediaType'),
  }
}
