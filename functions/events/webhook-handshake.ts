// OPTIONS /v1/events/{source}: whether a sender may send (CloudEvents, HTTP 1.1 Web Hooks 1.0 §4). It is
// asked before any event, and is no authentication. The address to call back later is never called.

import type { EventSource } from './event-source.ts'

/**
 * The permission for an origin that the source lists; undefined where there is none to give.
 *
 * @param source - undefined where the address names none
 */
export function answerWebhookQuestion(
  headers: Headers,
  source: EventSource | undefined,
): Response | undefined {
  const origin = headers.get('webhook-request-origin')
  if (origin === null || source === undefined || !source.origins.includes(origin)) return undefined
  return new Response(null, {
    status: 200,
    headers: {
      allow: 'POST',
      'webhook-allowed-origin': origin,
      // Only who asks for a rate is told one (§4.2); what arrives is queued, so there is no limit to name.
      ...(headers.has('webhook-request-rate') ? { 'webhook-allowed-rate': '*' } : {}),
    },
  })
}
