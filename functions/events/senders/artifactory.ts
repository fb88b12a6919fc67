// Webhooks of JFrog Artifactory, domain `docker` (jfrog.com/help, "Domain: Docker", "Webhooks"). They tell of tags. The
// origin that they name is the platform's address, if any, and need not be the host that clients push to: it is not read.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { memberAt, textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, SourceType } from '../source-type.ts'

const AUTH_HEADER = 'X-JFrog-Event-Auth'
const MANIFEST_NAMES: readonly (string | undefined)[] = ['manifest.json', 'list.manifest.json']
const HASH = /^[0-9a-f]{64}$/

/** JFrog Artifactory. */
export const ARTIFACTORY: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['hmac', 'header', 'bearer', 'basic', 'path'],
  header: AUTH_HEADER,
  hmac: [{ header: AUTH_HEADER, hash: 'SHA-256', prefix: '' }],
  acknowledgesBadBodies: false,
  readEvents: (body) => collectHints([body], readEvent),
}

function readEvent(event: JsonValue): ArtifactHint | IgnoreReason {
  const domain = textAt(event, 'domain')
  const type = textAt(event, 'event_type')
  if (domain === undefined || type === undefined) return 'malformed'
  if (domain !== 'docker') return 'media-type'
  return type === 'pushed' ? readPush(memberAt(event, 'data')) : 'action'
}

function readPush(data: JsonValue | undefined): ArtifactHint | IgnoreReason {
  const key = textAt(data, 'repo_key')
  const image = textAt(data, 'image_name')
  const sha256 = textAt(data, 'sha256') ?? ''
  if (key === undefined || image === undefined) return 'malformed'
  // The hash is that of the file which is named: a digest if the file is the manifest.
  const isDigest = MANIFEST_NAMES.includes(textAt(data, 'name')) && HASH.test(sha256)
  return {
    repository: `${key}/${image}`,
    // Where the repository has a host or a port of its own.
    otherNames: [image],
    digest: isDigest ? `sha256:${sha256}` : undefined,
    tag: textAt(data, 'tag'),
  }
}
