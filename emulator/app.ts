// The emulated REST API as one Hono app. It takes the client certificate as a binding, so that it runs
// over TLS and behind a request interceptor alike.

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { checkCaller } from './access.ts'
import { type ApiEnv, type Route, refuse } from './api-context.ts'
import { CERTIFICATE_ROUTES } from './certificate-routes.ts'
import type { Emulation } from './emulation.ts'
import { answerInstead, htmlAnswer, spoilAnswer } from './fault-answers.ts'
import { journalled } from './journal-middleware.ts'
import { KEYPAIR_ROUTES } from './keypair-routes.ts'
import { methodNotAllowed, PATH_UNKNOWN, serverError } from './refusals.ts'
import { SIGNING_ROUTES } from './signing-routes.ts'
import { USER_ROUTE } from './user-route.ts'

/** Below this path stands the API of Software Trust Manager. */
export const BASE_PATH = '/signingmanager/api/v1'

const ROUTES: readonly Route[] = [
  ...[...KEYPAIR_ROUTES, ...CERTIFICATE_ROUTES, ...SIGNING_ROUTES].map((route) => ({
    ...route,
    path: `${BASE_PATH}${route.path}`,
  })),
  USER_ROUTE,
]

/** The API of a service. */
export function createApp(emulation: Emulation): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ getPath: singleSlashPath })
  app.use(journalled(emulation))
  app.use(htmlForDoubleSlash(emulation))
  app.options('*', (c) => c.text('Invalid CORS request', 403))
  for (const route of ROUTES) app.on(route.method, route.path, (c) => serve(c, route, emulation))
  for (const path of new Set(ROUTES.map((route) => route.path)))
    app.all(path, (c) => refuse(c, methodNotAllowed(pathname(c))))
  app.notFound((c) => refuse(c, PATH_UNKNOWN))
  app.onError((error, c) => {
    emulation.journal.log(`internal error: ${error.message}`)
    return refuse(c, serverError(pathname(c)))
  })
  return app
}

/** One request: its fault, the caller's rights, the handler. */
async function serve(c: Context<ApiEnv>, route: Route, emulation: Emulation): Promise<Response> {
  c.get('entry').operation = route.operation
  const fault = emulation.behaviour.faults.take(route.operation)
  const instead =
    fault &&
    (await answerInstead({
      fault,
      request: c.req.raw,
      id: c.req.param('id'),
      now: emulation.now,
      closing: emulation.closing,
    }))
  if (instead !== undefined) return instead
  const caller = { apiKey: c.req.header('x-api-key'), peerCertificate: c.env?.peerCertificate }
  const refusal = checkCaller(caller, route.requirements, emulation)
  if (refusal !== undefined) return refuse(c, refusal)
  const response = await route.respond(c, emulation, fault)
  return fault === undefined ? response : spoilAnswer(fault, response, c.env?.endConnection)
}

/** Since July 2026 the real service answers a path with `//` by an HTML page. */
function htmlForDoubleSlash(emulation: Emulation): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const isServed = emulation.behaviour.profile.has('double-slash')
    if (pathname(c).includes('//') && !isServed) return htmlAnswer()
    return await next()
  }
}

/** Routes are looked up as if each run of slashes were one; htmlForDoubleSlash decides whether they may be. */
function singleSlashPath(request: Request): string {
  return new URL(request.url).pathname.replaceAll(/\/{2,}/g, '/')
}

function pathname(c: Context<ApiEnv>): string {
  return new URL(c.req.url).pathname
}
