// Webhooks of Azure Container Registry (container-registry-webhook-reference.md): one notification each, and a
// ping when someone tries the webhook. They carry the headers that the webhook is set up with, and no signature.

import type { JsonValue } from '../../../shared/json.ts'
import { collectHints } from '../collect-hints.ts'
import { textAt } from '../json-members.ts'
import { readNotification } from '../registry-notification.ts'
import type { SourceType } from '../source-type.ts'

/** Azure Container Registry by webhook. */
export const ACR: SourceType = {
  contentTypes: ['application/json'],
  authMethods: ['header', 'bearer', 'basic', 'path'],
  acknowledgesBadBodies: false,
  answerHandshake: answerPing,
  readEvents: (body) => collectHints([body], readNotification),
}

function answerPing(body: JsonValue): object | undefined {
  return textAt(body, 'action') === 'ping' ? {} : undefined
}
