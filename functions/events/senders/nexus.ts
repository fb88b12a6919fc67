// Webhooks of Sonatype Nexus Repository 3, capability `Webhook: Repository`, event `component`
// (help.sonatype.com, "Example Headers and Payloads"). They tell of tags, without digests, and name no host.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { memberAt, textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, ReadEvents, SourceType } from '../source-type.ts'

/** A tag that is pushed again may be told of as an update. */
const PUSHES: readonly (string | undefined)[] = ['CREATED', 'UPDATED']

/** Sonatype Nexus Repository 3. */
export const NEXUS: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['hmac', 'path'],
  hmac: [{ header: 'X-Nexus-Webhook-Signature', hash: 'SHA-1', prefix: '' }],
  acknowledgesBadBodies: false,
  readEvents: readBody,
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  const isComponent = headers.get('x-nexus-webhook-id') === 'rm:repository:component'
  if (!isComponent || !PUSHES.includes(textAt(body, 'action')))
    return { hints: [], ignored: { action: 1 } }
  const key = textAt(body, 'repositoryName')
  return collectHints([memberAt(body, 'component')], (component) => readComponent(component, key))
}

function readComponent(
  component: JsonValue | undefined,
  key: string | undefined,
): ArtifactHint | IgnoreReason {
  const format = textAt(component, 'format')
  const repository = textAt(component, 'name')
  if (format !== undefined && format !== 'docker') return 'media-type'
  if (format === undefined || repository === undefined) return 'malformed'
  return {
    repository,
    // With path-based routing.
    otherNames: key === undefined ? [] : [`${key}/${repository}`],
    tag: textAt(component, 'version'),
  }
}
