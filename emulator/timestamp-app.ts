// The emulated timestamp authority as a Hono app (RFC 3161 §3.4: over HTTP).

import { type Context, Hono } from 'hono'
import type { ApiEnv } from './api-context.ts'
import type { Emulation } from './emulation.ts'
import { answerInstead, spoilAnswer } from './fault-answers.ts'
import { journalled } from './journal-middleware.ts'
import { MAX_TIMESTAMP_REQUEST_BYTES } from './limits.ts'
import { CLOSE_CONNECTION, readBody } from './request-body.ts'
import { parseTimestampRequest } from './timestamp-request.ts'
import { encodeGranted, encodeRejected } from './timestamp-response.ts'

const QUERY_TYPE = 'application/timestamp-query'
/** Without parameters: notation compares the whole header. */
const REPLY_TYPE = 'application/timestamp-reply'

/** The TSA of a service; it answers at `/`. */
export function createTimestampApp(emulation: Emulation): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use(journalled(emulation))
  app.post('/', (c) => serve(c, emulation))
  app.all('/', (c) => c.text('Send a timestamp query by POST\n', 405, { allow: 'POST' }))
  app.onError((error, c) => {
    emulation.journal.log(`internal error: ${error.message}`)
    return c.text('Internal error\n', 500)
  })
  return app
}

async function serve(c: Context<ApiEnv>, emulation: Emulation): Promise<Response> {
  c.get('entry').operation = 'timestamp'
  const fault = emulation.behaviour.faults.take('timestamp')
  const { now, closing } = emulation
  const instead =
    fault && (await answerInstead({ fault, request: c.req.raw, id: undefined, now, closing }))
  if (instead !== undefined) return instead
  const [type] = (c.req.header('content-type') ?? '').split(';')
  if (type?.trim().toLowerCase() !== QUERY_TYPE)
    return c.text(`The content type is not ${QUERY_TYPE}\n`, 415)
  const query = await readBody(c.req.raw, MAX_TIMESTAMP_REQUEST_BYTES)
  if (query === undefined) return c.text('The query is too large\n', 413, CLOSE_CONNECTION)
  const parsed =
    fault?.answer === 'rejected'
      ? { rejection: { failure: 'timeNotAvailable', text: 'the clock is not set' } as const }
      : parseTimestampRequest(query)
  const reply =
    'rejection' in parsed
      ? encodeRejected(parsed.rejection)
      : await encodeGranted(parsed.request, {
          hierarchy: emulation.world.hierarchy,
          genTime: now(),
          hasCrossCertificate: emulation.behaviour.profile.has('tsa-cross-signed'),
          fault: fault?.answer,
        })
  const response = c.body(reply, 200, { 'content-type': REPLY_TYPE })
  return fault === undefined ? response : spoilAnswer(fault, response, c.env?.endConnection)
}
