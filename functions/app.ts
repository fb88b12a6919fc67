// The HTTP application: routes, who is asking, the audit line of each request, and what becomes of errors.

import { Hono } from 'hono'
import type { Crypto } from '../shared/crypto.ts'
import { refuseCrowd } from './anonymous-access.ts'
import type { AuditDetails, AuditEvent } from './audit.ts'
import { authenticate, challengeFor } from './callers.ts'
import { findCertificateDigest, type Sender } from './client-certificate.ts'
import type { Deps } from './deps.ts'
import { serveEvents } from './events/event-routes.ts'
import type { Exchange } from './exchange.ts'
import { inspect } from './inspect.ts'
import { listSignatures } from './list-signatures.ts'
import { countAuditLines, measureRequest } from './metrics/measure-request.ts'
import { createIssuerKeyFinder, type FindIssuerKeys } from './oidc-issuer-keys.ts'
import { createOpenApiDocument } from './openapi/document.ts'
import { answerPageFile, PAGE_FILES, type ReadPageFile } from './page/page-files.ts'
import { describeKey, generateSignature } from './plugin-contract.ts'
import {
  logTextOf,
  methodNotAllowed,
  problemResponse,
  routeUnknown,
  toNotationError,
} from './problem.ts'
import { checkReadiness } from './readiness.ts'
import { explain } from './rules/explain.ts'
import { createRulesJsonSchema } from './rules/signing-rules-schema.ts'
import { signByReferenceOrDescriptor } from './sign.ts'
import { listSigningJobs, replaySigningJob } from './status/signing-jobs.ts'
import { showSigningStatus } from './status/signing-status.ts'
import { showSweep, sweep } from './sweep/sweep.ts'
import { verifyByReferenceOrEnvelope } from './verify.ts'
import { verifyGivenBlob } from './verify-blob.ts'

/** What a route does; its path is `/v1/` and the name of its event unless it has another. */
interface Operation {
  readonly event: AuditEvent
  readonly path?: string
  /** POST where it is left out. */
  readonly method?: 'GET'
  /** Gives the JSON of a 200. */
  readonly perform: (exchange: Exchange) => Promise<object>
}

const OPERATIONS: readonly Operation[] = [
  { event: 'describe-key', perform: describeKey },
  { event: 'generate-signature', perform: generateSignature },
  { event: 'sign', perform: signByReferenceOrDescriptor },
  { event: 'verify', perform: verifyByReferenceOrEnvelope },
  { event: 'verify-blob', perform: verifyGivenBlob },
  { event: 'inspect', perform: inspect },
  { event: 'signatures', method: 'GET', perform: listSignatures },
  { event: 'signing-status', method: 'GET', perform: showSigningStatus },
  { event: 'signing-jobs', method: 'GET', perform: listSigningJobs },
  {
    event: 'replay-signing-job',
    path: '/v1/signing-jobs/:id/replay',
    perform: replaySigningJob,
  },
  { event: 'sweep', perform: sweep },
  { event: 'show-sweep', method: 'GET', path: '/v1/sweep', perform: showSweep },
  { event: 'explain-rules', path: '/v1/rules/explain', perform: explain },
]

/** Where editors find the shape of signing-rules.json. */
const RULES_SCHEMA_PATH = '/signing-rules.schema.json'

/** Creates the application. What outlives a request is in its deps; who sent one, its second argument tells. */
export function createApp(given: Deps): Hono<{ Bindings: Sender }> {
  const app = new Hono<{ Bindings: Sender }>()
  const { metrics } = given
  const deps = { ...given, audit: countAuditLines(given.audit, metrics) }
  const answerDeps = { ...deps, findKeys: createIssuerKeyFinder(deps) }
  app.get('/livez', (context) => context.json({ status: 'ok' }))
  app.all('/livez', () => methodNotAllowed('/livez', 'GET, HEAD'))
  app.get('/readyz', async (context) => {
    const readiness = await checkReadiness(deps)
    const headers = { 'cache-control': 'no-store' }
    return context.json(readiness, readiness.status === 'ready' ? 200 : 503, headers)
  })
  app.all('/readyz', () => methodNotAllowed('/readyz', 'GET, HEAD'))
  app.get('/openapi.json', (context) => context.json(createOpenApiDocument()))
  app.all('/openapi.json', () => methodNotAllowed('/openapi.json', 'GET, HEAD'))
  app.get(RULES_SCHEMA_PATH, (context) => context.json(createRulesJsonSchema()))
  app.all(RULES_SCHEMA_PATH, () => methodNotAllowed(RULES_SCHEMA_PATH, 'GET, HEAD'))
  for (const operation of OPERATIONS) {
    const { event, method = 'POST' } = operation
    const path = pathOf(operation)
    app.on(method, path, ({ req, env }) =>
      measureRequest(event, metrics, () =>
        answer(operation, path, req.raw, { ...answerDeps, sender: env ?? {} }),
      ),
    )
  }
  for (const [path, methods] of methodsByPath())
    app.all(path, () => methodNotAllowed(path, methods.join(', ')))
  if (deps.readPageFile !== undefined) servePage(app, deps.readPageFile, deps.crypto)
  app.use('/v1/events/*', (context, next) =>
    measureRequest('events', metrics, async () => {
      await next()
      return context.res
    }),
  )
  serveEvents(app, answerDeps)
  app.notFound(() => problemResponse(routeUnknown()))
  app.onError((cause) => {
    const error = toNotationError(cause)
    deps.audit({
      event: 'error',
      caller: undefined,
      outcome: error.code,
      message: logTextOf(error),
    })
    return problemResponse(error)
  })
  return app
}

function pathOf({ event, path = `/v1/${event}` }: Operation): string {
  return path
}

/** What each path takes: one may have several operations. */
function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<string, readonly string[]>()
  for (const operation of OPERATIONS) {
    const methods = operation.method === 'GET' ? ['GET', 'HEAD'] : ['POST']
    paths.set(pathOf(operation), [...(paths.get(pathOf(operation)) ?? []), ...methods])
  }
  return paths
}

/** The page for people: files that say nothing of what is configured, so anyone may have them. */
function servePage(
  app: Hono<{ Bindings: Sender }>,
  readPageFile: ReadPageFile,
  crypto: Crypto,
): void {
  for (const file of PAGE_FILES) {
    const { path } = file
    app.get(path, ({ req }) => answerPageFile(file, req.raw, readPageFile, crypto))
    app.all(path, () => methodNotAllowed(path, 'GET, HEAD'))
  }
}

/** What answering a request needs. */
interface AnswerDeps extends Deps {
  readonly findKeys: FindIssuerKeys
  readonly sender: Sender
}

async function answer(
  { event, perform }: Operation,
  path: string,
  request: Request,
  deps: AnswerDeps,
): Promise<Response> {
  const authorization = request.headers.get('authorization') ?? undefined
  let details: AuditDetails = {}
  const note: Exchange['note'] = (more) => {
    details = { ...details, ...more }
  }
  let name: string | undefined
  try {
    const { clientCertificates } = deps.configuration
    const findCertificate = (): Promise<string | undefined> =>
      findCertificateDigest(request.headers, deps.sender, clientCertificates, deps.crypto)
    const caller = await authenticate(authorization, { ...deps, note, findCertificate })
    name = caller?.name
    if (caller === undefined) await refuseCrowd(deps)
    const body = await perform({ request, caller, deps, note })
    deps.audit({ event, caller: name, ...details, outcome: 'done' })
    return Response.json(body, { headers: { 'cache-control': 'no-store' } })
  } catch (cause) {
    const error = toNotationError(cause)
    const message = logTextOf(error)
    deps.audit({ event, caller: name, ...details, outcome: error.code, message })
    return problemResponse(
      error,
      path,
      error.code === 'caller-unauthenticated'
        ? { 'www-authenticate': challengeFor(authorization) }
        : {},
    )
  }
}
