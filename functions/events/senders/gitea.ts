// Webhooks of Gitea and Forgejo, event `package` (gitea modules/structs/hook.go, services/webhook/deliver.go,
// routers/api/packages/container/manifest.go). The version of a package is the tag, or the digest where there is none.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { memberAt, textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, ReadEvents, SourceType } from '../source-type.ts'

/** Gitea and Forgejo. */
export const GITEA: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['hmac', 'header', 'bearer', 'basic', 'path'],
  hmac: [
    { header: 'X-Forgejo-Signature', hash: 'SHA-256', prefix: '' },
    { header: 'X-Gitea-Signature', hash: 'SHA-256', prefix: '' },
    { header: 'X-Hub-Signature-256', hash: 'SHA-256', prefix: 'sha256=' },
  ],
  acknowledgesBadBodies: false,
  readEvents: readBody,
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  const event = headers.get('x-gitea-event') ?? headers.get('x-forgejo-event')
  if (event !== 'package' || textAt(body, 'action') !== 'created')
    return { hints: [], ignored: { action: 1 } }
  return collectHints([memberAt(body, 'package')], readPackage)
}

function readPackage(pushed: JsonValue | undefined): ArtifactHint | IgnoreReason {
  const type = textAt(pushed, 'type')
  const owner = textAt(pushed, 'owner', 'login')
  const name = textAt(pushed, 'name')
  if (type !== undefined && type !== 'container') return 'media-type'
  if (type === undefined || owner === undefined || name === undefined) return 'malformed'
  return { repository: `${owner}/${name}`.toLowerCase(), tag: textAt(pushed, 'version') }
}
