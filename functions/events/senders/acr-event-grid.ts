// Events of Azure Container Registry by Event Grid, in Event Grid's own schema and as CloudEvents, with the
// handshake of either (event-schema-container-registry.md, end-point-validation-*.md). The address for a handshake
// by hand, `validationUrl`, is never fetched: it comes from outside.

import type { JsonValue } from '../../../shared/json.ts'
import { CLOUD_EVENT, CLOUD_EVENT_BATCH, readCloudEvents } from '../cloud-event.ts'
import { collectHints } from '../collect-hints.ts'
import { malformedEvent, memberAt, textAt } from '../json-members.ts'
import { mediaTypeOf } from '../media-type.ts'
import { readNotification } from '../registry-notification.ts'
import type { ArtifactHint, IgnoreReason, ReadEvents, SourceType } from '../source-type.ts'

/** Codes are GUIDs; this is room enough. */
const MAX_VALIDATION_CODE_CHARACTERS = 256

/** Azure Container Registry by Event Grid. */
export const ACR_EVENT_GRID: SourceType = {
  contentTypes: ['application/json', CLOUD_EVENT, CLOUD_EVENT_BATCH],
  authMethods: ['entra', 'header', 'bearer', 'path'],
  acknowledgesBadBodies: false,
  origins: ['eventgrid.azure.net'],
  answerHandshake: answerValidation,
  readEvents: readBody,
}

/** Asked when a subscription in Event Grid's schema is made; those of CloudEvents ask with OPTIONS. */
function answerValidation(body: JsonValue, headers: Headers): object | undefined {
  if (headers.get('aeg-event-type') !== 'SubscriptionValidation') return undefined
  const event = Array.isArray(body) ? body[0] : undefined
  const code = textAt(event, 'data', 'validationCode')
  if (
    textAt(event, 'eventType') !== 'Microsoft.EventGrid.SubscriptionValidationEvent' ||
    code === undefined ||
    code.length > MAX_VALIDATION_CODE_CHARACTERS
  )
    throw malformedEvent('it is no validation of a subscription')
  return { validationResponse: code }
}

function readBody(body: JsonValue, headers: Headers): ReadEvents {
  if (mediaTypeOf(headers) !== 'application/json')
    return collectHints(readCloudEvents(body, headers), (event) =>
      event === 'malformed' ? event : readImage(event.type, event.data),
    )
  if (!Array.isArray(body)) throw malformedEvent('it is no list of events')
  return collectHints(body, (event) =>
    readImage(textAt(event, 'eventType'), memberAt(event, 'data')),
  )
}

function readImage(
  type: string | undefined,
  data: JsonValue | undefined,
): ArtifactHint | IgnoreReason {
  if (type === undefined) return 'malformed'
  return type === 'Microsoft.ContainerRegistry.ImagePushed' ? readNotification(data) : 'action'
}
