// Webhooks of GitHub for the container registry, events `package` and `registry_package`, which differ in the name of
// one member (docs.github.com, webhook-events-and-payloads; octokit/webhooks payload-examples). GitHub tries each once.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { readImageAddress } from '../image-address.ts'
import { memberAt, textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, ReadEvents, SourceType } from '../source-type.ts'

/** Each has the package in a member of its own name. */
const PACKAGE_EVENTS: readonly string[] = ['package', 'registry_package']
const PUSHES: readonly (string | undefined)[] = ['published', 'updated']
/** In either case; `docker` is what older payloads call it. */
const IMAGE_TYPES: readonly (string | undefined)[] = ['container', 'docker']

/** GitHub Container Registry. */
export const GHCR: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['hmac', 'path'],
  hmac: [{ header: 'X-Hub-Signature-256', hash: 'SHA-256', prefix: 'sha256=' }],
  acknowledgesBadBodies: false,
  answerHandshake: (_, headers) => (eventOf(headers) === 'ping' ? {} : undefined),
  readEvents: readBody,
}

function eventOf(headers: Headers): string {
  return headers.get('x-github-event') ?? ''
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  const event = eventOf(headers)
  if (!PACKAGE_EVENTS.includes(event) || !PUSHES.includes(textAt(body, 'action')))
    return { hints: [], ignored: { action: 1 } }
  return collectHints([memberAt(body, event)], readPackage)
}

function readPackage(pushed: JsonValue | undefined): ArtifactHint | IgnoreReason {
  if (!IMAGE_TYPES.includes(textAt(pushed, 'package_type')?.toLowerCase())) return 'media-type'
  const version = memberAt(pushed, 'package_version')
  // The one member that has host, owner and name as clients write them, but for the case.
  const address = readImageAddress(textAt(version, 'package_url')?.toLowerCase() ?? '')
  if (address === undefined) return 'malformed'
  const container = memberAt(version, 'container_metadata')
  return {
    registry: address.registry,
    repository: address.repository,
    digest: digestIn(version, 'version') ?? digestIn(container, 'tag', 'digest'),
    tag: textAt(container, 'tag', 'name'),
    mediaType: textAt(container, 'manifest', 'media_type'),
  }
}

function digestIn(value: JsonValue | undefined, ...path: readonly string[]): string | undefined {
  const found = textAt(value, ...path)
  return found?.startsWith('sha256:') ? found : undefined
}
