// Events of Harbor 2, in its default format and as CloudEvents (harbor src/pkg/notifier/formats). Both hold the
// same data under another name. It tells of each manifest that is put, also of signatures, and not of which kind.

import type { JsonValue } from '../../../shared/json.ts'
import { CLOUD_EVENT, readCloudEvents } from '../cloud-event.ts'
import { collectHints } from '../collect-hints.ts'
import { listAt, malformedEvent, memberAt, textAt } from '../json-members.ts'
import { mediaTypeOf } from '../media-type.ts'
import type { ReadEvents, SourceType } from '../source-type.ts'

/** Harbor. */
export const HARBOR: SourceType = {
  contentTypes: ['application/json', CLOUD_EVENT],
  // Its one setting is the whole value of the header Authorization.
  authMethods: ['header', 'bearer', 'basic', 'path'],
  acknowledgesBadBodies: false,
  readEvents: readBody,
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  if (mediaTypeOf(headers) !== CLOUD_EVENT)
    return readPush(textAt(body, 'type'), 'PUSH_ARTIFACT', memberAt(body, 'event_data'))
  const [event] = readCloudEvents(body, headers)
  if (event === undefined || event === 'malformed')
    throw malformedEvent('it is no CloudEvent of version 1.0')
  return readPush(event.type, 'harbor.artifact.pushed', event.data)
}

function readPush(
  type: string | undefined,
  wanted: string,
  data: JsonValue | undefined,
): ReadEvents {
  if (type === undefined) throw malformedEvent('it has no "type"')
  if (type !== wanted) return { hints: [], ignored: { action: 1 } }
  const repository = textAt(data, 'repository', 'repo_full_name')
  const resources = listAt(data, 'resources')
  if (repository === undefined || resources === undefined)
    throw malformedEvent('it has no repository, or no list "resources"')
  return collectHints(resources, (resource) => ({
    repository,
    digest: textAt(resource, 'digest'),
    tag: textAt(resource, 'tag'),
  }))
}
