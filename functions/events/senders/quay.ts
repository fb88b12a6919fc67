// Notifications `Push to Repository` of Quay and quay.io (quay notifications/__init__.py, notificationmethod.py). They
// tell of tags, without digests, and of nothing that is pushed by digest. After three that failed Quay sends no more.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { readImageAddress } from '../image-address.ts'
import { listAt, malformedEvent, textAt } from '../json-members.ts'
import type { ReadEvents, SourceType } from '../source-type.ts'

/** Quay. */
export const QUAY: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['path'],
  acknowledgesBadBodies: true,
  readEvents: readBody,
}

function readBody(body: JsonValue): ReadEvents {
  const tags = listAt(body, 'updated_tags')
  // Events have no name in them; this is the member that pushes alone have.
  if (tags === undefined) return { hints: [], ignored: { action: 1 } }
  const address = readImageAddress(textAt(body, 'docker_url') ?? '')
  if (address === undefined) throw malformedEvent('its "docker_url" is wrong or missing')
  const { registry, repository } = address
  return collectHints(tags, (tag) =>
    typeof tag === 'string' ? { registry, repository, tag } : 'malformed',
  )
}
