// The routes of events: the address of a source, and the one with a secret behind it.

import type { Hono } from 'hono'
import type { Sender } from '../client-certificate.ts'
import { methodNotAllowed } from '../problem.ts'
import { authenticateSource } from './authenticate-source.ts'
import type { EventSource } from './event-source.ts'
import { type EventAddress, type EventDeps, receiveEvent } from './receive-event.ts'
import { answerWebhookQuestion } from './webhook-handshake.ts'

const ROUTES = ['/v1/events/:source', '/v1/events/:source/:secret'] as const

/** Adds the routes to the application. */
export function serveEvents(app: Hono<{ Bindings: Sender }>, deps: EventDeps): void {
  for (const route of ROUTES) {
    app.post(route, ({ req }) => receiveEvent(req.raw, addressOf(req.param()), deps))
    app.options(route, async ({ req }) => {
      const source = await findAsked(req.raw, addressOf(req.param()), deps)
      return answerWebhookQuestion(req.raw.headers, source) ?? refuseMethod()
    })
    app.all(route, refuseMethod)
  }
}

function addressOf(parameters: {
  readonly source: string
  readonly secret?: string
}): EventAddress {
  return { source: parameters.source, secret: parameters.secret }
}

/** A source with a secret in its address is there only for those who know the secret. */
async function findAsked(
  { headers }: Request,
  { source, secret }: EventAddress,
  deps: EventDeps,
): Promise<EventSource | undefined> {
  const named = deps.configuration.sources.get(source)
  if (named === undefined || named.auth.method !== 'path')
    return secret === undefined ? named : undefined
  const readBody = async (): Promise<Uint8Array> => new Uint8Array()
  return authenticateSource(named, { headers, pathSecret: secret, readBody }, deps).catch(
    () => undefined,
  )
}

/** The path is left out: it may hold a secret. */
function refuseMethod(): Response {
  return methodNotAllowed(undefined, 'POST')
}
