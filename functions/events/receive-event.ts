// POST /v1/events/{source}: what a registry tells becomes looks in the signing queue. Senders wait seconds at
// most, and some send nothing else until they are answered: nothing is looked up here.

import { isNotationError, NotationError } from '../../shared/errors.ts'
import { type JsonValue, parseJson } from '../../shared/json.ts'
import type { AuditDetails, AuditEntry } from '../audit.ts'
import type { ByteRoom } from '../capacity.ts'
import type { Configuration } from '../configuration.ts'
import { MAX_EVENT_HINTS } from '../limits.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { logTextOf, problemResponse, toNotationError } from '../problem.ts'
import type { Signing } from '../signing/signing.ts'
import { type Look, taskKey } from '../signing/task.ts'
import { authenticateSource } from './authenticate-source.ts'
import type { SenderDeps } from './authentication/sent-event.ts'
import { totalOf } from './collect-hints.ts'
import { createBodyReader } from './event-body.ts'
import type { EventSource } from './event-source.ts'
import { malformedEvent } from './json-members.ts'
import { mediaTypeOf } from './media-type.ts'
import { type SelectedHint, selectHints } from './select-hints.ts'
import type { IgnoredCounts, ReadEvents, SourceType } from './source-type.ts'

/** Where an event was sent to, as its sender wrote it. */
export interface EventAddress {
  readonly source: string
  /** The segment behind the source's name; never to be logged. */
  readonly secret: string | undefined
}

/** What taking events in needs. */
export interface EventDeps extends SenderDeps {
  readonly configuration: Configuration
  readonly signing?: Signing | undefined
  readonly metrics?: Metrics | undefined
  readonly unverifiedBytes?: ByteRoom | undefined
  readonly audit: (entry: AuditEntry) => void
}

/** What a body comes to. */
type Reading = ReadEvents | { readonly handshake: object }

/** Faults of a body that stay, however often it is sent. */
const BAD_BODY = ['request-invalid', 'request-too-large', 'media-type-unsupported'] as const

/** How a request ended: its answer, and its line in the audit log. */
interface Ending {
  readonly status: 200 | 202
  readonly body: object
  readonly outcome: AuditEntry['outcome']
  readonly details?: AuditDetails
  /** Artifacts by what became of them; left out where nothing was told of. */
  readonly results?: Readonly<Record<string, number>>
}

/** Answers an event, with one line in the audit log. */
export async function receiveEvent(
  request: Request,
  address: EventAddress,
  deps: EventDeps,
): Promise<Response> {
  const { headers } = request
  const named = deps.configuration.sources.get(address.source)
  const details = named === undefined ? {} : { source: named.name, sourceType: named.typeName }
  const line = { event: 'events', caller: undefined, ...details } as const
  try {
    const readBody = createBodyReader(request, {
      drains: named?.type.acknowledgesBadBodies ?? false,
      // An HMAC is over the body: anybody's is read before it is known whose it is.
      room: named?.auth.method === 'hmac' ? deps.unverifiedBytes : undefined,
    })
    const sent = { headers, pathSecret: address.secret, readBody }
    const source = await authenticateSource(named, sent, deps)
    const ending = await takeIn(source, headers, readBody, deps)
    deps.audit({ ...line, ...ending.details, outcome: ending.outcome })
    countArtifacts(source.typeName, ending.results, deps.metrics)
    const { status } = ending
    return Response.json(ending.body, { status, headers: { 'cache-control': 'no-store' } })
  } catch (cause) {
    const error = toNotationError(cause)
    deps.audit({ ...line, outcome: error.code, message: logTextOf(error) })
    // An address that is not there is the caller's own text, and one that is may hold a secret.
    const isThere = named !== undefined && error.code !== 'route-unknown'
    return problemResponse(error, isThere ? `/v1/events/${named.name}` : undefined)
  }
}

/** Each step of taking an event from a sender that is known. */
async function takeIn(
  source: EventSource,
  headers: Headers,
  readBody: () => Promise<Uint8Array>,
  { signing, now }: EventDeps,
): Promise<Ending> {
  if (signing === undefined)
    throw new NotationError(
      'configuration-invalid',
      'Cannot take the event: nothing signs by itself here, because no signing rules are configured',
    )
  let reading: Reading
  try {
    reading = await readEvent(source.type, headers, readBody)
  } catch (cause) {
    if (!source.type.acknowledgesBadBodies || !isNotationError(cause, ...BAD_BODY)) throw cause
    const { code, message } = cause
    return { ...accepted(0, { malformed: 1 }, { acknowledged: true, message }), outcome: code }
  }
  if ('handshake' in reading) return { status: 200, body: reading.handshake, outcome: 'done' }
  const { selected, ignored } = selectHints(reading, source, signing.isOwnManifest)
  const looks = toLooks(selected, source, now())
  if (looks.length > 0) await signing.engine.enqueue(looks.map((task) => ({ task })))
  return accepted(looks.length, ignored)
}

async function readEvent(
  type: SourceType,
  headers: Headers,
  readBody: () => Promise<Uint8Array>,
): Promise<Reading> {
  if (!type.contentTypes.includes(mediaTypeOf(headers)))
    throw new NotationError(
      'media-type-unsupported',
      `Cannot read the event: its Content-Type must be ${type.contentTypes.join(' or ')}`,
    )
  const body = parseBody(await readBody())
  const handshake = type.answerHandshake?.(body, headers)
  if (handshake !== undefined) return { handshake }
  const read = type.readEvents(body, headers)
  if (read.hints.length > MAX_EVENT_HINTS)
    throw malformedEvent(`it tells of more than ${MAX_EVENT_HINTS} artifacts`)
  return read
}

function parseBody(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes)
  } catch (cause) {
    throw malformedEvent('its body is not well-formed JSON', cause)
  }
}

/** One look for each artifact, however often the event tells of it. */
function toLooks(
  hints: readonly SelectedHint[],
  { name, registry }: EventSource,
  heardAt: Date,
): readonly Look[] {
  const looks = hints.map(
    (hint): Look => ({
      kind: 'look',
      registry,
      ...hint,
      reason: 'event',
      source: name,
      heardAt: heardAt.toISOString(),
    }),
  )
  return [...new Map(looks.map((look) => [taskKey(look), look])).values()]
}

function accepted(looks: number, counts: IgnoredCounts, details: AuditDetails = {}): Ending {
  const body = { accepted: looks, ignored: totalOf(counts) }
  const reasons = Object.entries(counts).map(([reason, count]) => `${reason} ${count}`)
  const ignoredFor = reasons.length === 0 ? undefined : reasons.join(', ')
  const results = { accepted: looks, ...counts }
  return {
    status: 202,
    body,
    outcome: 'done',
    details: { ...body, ignoredFor, ...details },
    results,
  }
}

function countArtifacts(
  type: string,
  results: Ending['results'] = {},
  metrics: Metrics | undefined,
): void {
  for (const [result, count] of Object.entries(results))
    if (count > 0) metrics?.count('stm_notary_event_artifacts_total', { type, result }, count)
}
