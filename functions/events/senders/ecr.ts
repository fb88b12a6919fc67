// Events of Amazon ECR as EventBridge sends them to an API destination (docs.aws.amazon.com/AmazonECR, ecr-eventbridge).
// Signatures and other referrers come as another kind of event. ECR emits events as far as it can: some are lost.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { memberAt, textAt } from '../json-members.ts'
import type { ArtifactHint, IgnoreReason, SourceType } from '../source-type.ts'

/** The domain of a region's registries: the first entry that fits. */
const DOMAINS = [
  { region: /^cn-/, domain: 'amazonaws.com.cn' },
  { region: /^/, domain: 'amazonaws.com' },
] as const

/** Amazon ECR by EventBridge. */
export const ECR: SourceType = {
  contentTypes: ['application/json'],
  // What a connection's API key, or its basic authentication, puts into headers.
  authMethods: ['header', 'bearer', 'basic', 'path'],
  acknowledgesBadBodies: false,
  readEvents: (body) => collectHints([body], readEvent),
}

function readEvent(event: JsonValue): ArtifactHint | IgnoreReason {
  const detail = memberAt(event, 'detail')
  if (textAt(event, 'detail-type') === undefined) return 'malformed'
  if (!isPush(event, detail)) return 'action'
  const account = textAt(event, 'account')
  const region = textAt(event, 'region')
  const repository = textAt(detail, 'repository-name')
  if (account === undefined || region === undefined || repository === undefined) return 'malformed'
  const domain = DOMAINS.find((one) => one.region.test(region))?.domain
  return {
    registry: `${account}.dkr.ecr.${region}.${domain}`,
    repository,
    digest: textAt(detail, 'image-digest'),
    tag: textAt(detail, 'image-tag'),
    mediaType: textAt(detail, 'manifest-media-type'),
  }
}

function isPush(event: JsonValue, detail: JsonValue | undefined): boolean {
  return (
    textAt(event, 'source') === 'aws.ecr' &&
    textAt(event, 'detail-type') === 'ECR Image Action' &&
    textAt(detail, 'action-type') === 'PUSH' &&
    textAt(detail, 'result') === 'SUCCESS'
  )
}
