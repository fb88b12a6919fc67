// Whether a request is from the sender of the source that its address names. An address with a wrong secret in it
// differs from one that is not there neither by the answer nor by the time that it takes.

import { NotationError } from '../../shared/errors.ts'
import { routeUnknown } from '../problem.ts'
import { isFromSender } from './authentication/is-from-sender.ts'
import type { SenderDeps, SentEvent } from './authentication/sent-event.ts'
import type { EventSource } from './event-source.ts'
import type { SourceAuth } from './source-auth.ts'

/** Stands for what is not there, and lets nobody in. */
const NOBODY: SourceAuth = { method: 'path', secret: '' }

/**
 * Returns the source if the request is from its sender.
 *
 * @param source - what the address names
 * @throws {NotationError} `caller-unauthenticated`; `route-unknown` where there is no such source, or the secret in the
 *   address is not its; the codes of isFromSender
 */
export async function authenticateSource(
  source: EventSource | undefined,
  sent: SentEvent,
  deps: SenderDeps,
): Promise<EventSource> {
  const isAddressed =
    source !== undefined && (source.auth.method === 'path' || sent.pathSecret === undefined)
  const auth = isAddressed ? source.auth : NOBODY
  const isSender = await isFromSender({ auth, formats: source?.type ?? {}, sent, deps })
  if (isAddressed && isSender) return source
  if (auth.method === 'path') throw routeUnknown()
  throw new NotationError(
    'caller-unauthenticated',
    `Cannot tell who sends the event: what the source's method "${auth.method}" wants is missing or wrong`,
  )
}
