// Webhooks of Docker Hub (docs.docker.com/docker-hub/repos/manage/webhooks). They tell of pushes of a tag alone, without
// its digest and without any authentication of the sender. The address to call back is legacy, and never called.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, SourceType } from '../source-type.ts'

/** Docker Hub. */
export const DOCKER_HUB: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['path'],
  acknowledgesBadBodies: false,
  readEvents: (body) => collectHints([body], readPush),
}

function readPush(body: JsonValue): ArtifactHint | IgnoreReason {
  const repository = textAt(body, 'repository', 'repo_name')
  const tag = textAt(body, 'push_data', 'tag')
  return repository === undefined || tag === undefined ? 'malformed' : { repository, tag }
}
