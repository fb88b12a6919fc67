// Events of zot, CloudEvents in binary mode (zot pkg/extensions/events). It sends each once, so a sweep has to find
// what was lost, and only where what a tag names has changed.

import type { JsonValue } from '../../../shared/json.ts'
import { type CloudEvent, readCloudEvents } from '../cloud-event.ts'
import { collectHints } from '../collect-hints.ts'
import { textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, ReadEvents, SourceType } from '../source-type.ts'

/** Behind a prefix that can be set since version 2.1.21; `zotregistry` where it is not. */
const IMAGE_UPDATED = '.image.updated'

/** zot. */
export const ZOT: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['basic', 'bearer', 'header', 'path'],
  acknowledgesBadBodies: false,
  readEvents: readBody,
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  return collectHints(readCloudEvents(body, headers), readImage)
}

function readImage(event: CloudEvent | 'malformed'): ArtifactHint | IgnoreReason {
  if (event === 'malformed') return event
  const { type, data } = event
  if (!type.endsWith(IMAGE_UPDATED)) return 'action'
  const repository = textAt(data, 'name')
  if (repository === undefined) return 'malformed'
  return {
    repository,
    digest: textAt(data, 'digest'),
    // The digest where there is no tag.
    tag: textAt(data, 'reference'),
    mediaType: textAt(data, 'mediaType'),
  }
}
