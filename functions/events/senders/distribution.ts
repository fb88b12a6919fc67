// Events of CNCF Distribution, versions 2 (Docker's registry:2, GitLab's registry) and 3
// (distribution docs/content/about/notifications.md). They differ in the media type alone.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { listAt, malformedEvent } from '../json-members.ts'
import { readNotification } from '../registry-notification.ts'
import type { ReadEvents, SourceType } from '../source-type.ts'

/** CNCF Distribution, Docker registry:2, GitLab. */
export const DISTRIBUTION: SourceType = {
  contentTypes: [
    'application/vnd.docker.distribution.events.v1+json',
    'application/vnd.docker.distribution.events.v2+json',
  ],
  authMethods: ['bearer', 'basic', 'header', 'path'],
  // It sends the head of its queue until it is taken, and nothing else meanwhile.
  acknowledgesBadBodies: true,
  readEvents: readEnvelope,
}

function readEnvelope(body: JsonValue): ReadEvents {
  const events = listAt(body, 'events')
  if (events === undefined) throw malformedEvent('it has no list "events"')
  return collectHints(events, readNotification)
}
