// The HTTP application: routes, and what becomes of errors.

import { Hono } from 'hono'
import { NotationError } from '../shared/errors.ts'
import { authenticate } from './callers.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { describeKey, generateSignature } from './plugin-contract.ts'
import { problemResponse, toNotationError } from './problem.ts'
import { signByReferenceOrDescriptor } from './sign.ts'
import { verifyByReferenceOrEnvelope } from './verify.ts'

/** An operation: takes an authenticated exchange, gives the JSON of a 200. */
type Operation = (exchange: Exchange) => Promise<unknown>

const POST_ROUTES: Readonly<Record<string, Operation>> = {
  '/v1/describe-key': describeKey,
  '/v1/generate-signature': generateSignature,
  '/v1/sign': signByReferenceOrDescriptor,
  '/v1/verify': verifyByReferenceOrEnvelope,
}

/** Creates the application. It holds no state between requests. */
export function createApp(deps: Deps): Hono {
  const app = new Hono()
  app.get('/livez', (context) => context.json({ status: 'ok' }))
  for (const [path, operation] of Object.entries(POST_ROUTES)) {
    app.post(path, async (context) => {
      const caller = await authenticate(
        context.req.header('authorization'),
        deps.configuration,
        deps.crypto,
      )
      const answer = await operation({ request: context.req.raw, caller, deps })
      return context.json(answer as object, 200, { 'cache-control': 'no-store' })
    })
    app.all(path, () => {
      throw new NotationError(
        'method-not-allowed',
        'Cannot answer this method here: the route takes POST',
      )
    })
  }
  app.notFound((context) => {
    const error = new NotationError(
      'route-unknown',
      'Cannot answer: there is no such route; the README lists them',
    )
    return problemResponse(error, context.req.path)
  })
  app.onError((cause, context) => {
    const error = toNotationError(cause)
    deps.audit({
      event: 'error',
      caller: undefined,
      path: context.req.path,
      code: error.code,
      message: textOf(error),
    })
    return problemResponse(error, context.req.path)
  })
  return app
}

/** For the log: an unexpected error's own text, which callers do not see. */
function textOf(error: NotationError): string {
  return error.code === 'internal' && error.cause instanceof Error
    ? (error.cause.stack ?? error.cause.message)
    : error.message
}
