// One notification in the form of CNCF Distribution, which Azure Container Registry has taken over.

import type { JsonValue } from '../../shared/json.ts'
import { textAt } from './json-members.ts'
import type { ArtifactHint, IgnoreReason } from './source-type.ts'

/**
 * Reads `{ action, target: { mediaType, digest, repository, tag } }`.
 *
 * The host that it names is the one that whoever pushed wrote: it is not read.
 */
export function readNotification(event: JsonValue | undefined): ArtifactHint | IgnoreReason {
  const action = textAt(event, 'action')
  if (action === undefined) return 'malformed'
  if (action !== 'push') return 'action'
  const repository = textAt(event, 'target', 'repository')
  if (repository === undefined) return 'malformed'
  return {
    repository,
    digest: textAt(event, 'target', 'digest'),
    tag: textAt(event, 'target', 'tag'),
    mediaType: textAt(event, 'target', 'mediaType'),
  }
}
