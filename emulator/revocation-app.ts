// The revocation responders as a Hono app: OCSP by POST and GET (RFC 6960 Appendix A.1) and CRLs, under
// the name of each authority.

import { type Context, Hono } from 'hono'
import type { ApiEnv } from './api-context.ts'
import { publishCrl } from './crl-publisher.ts'
import type { Emulation } from './emulation.ts'
import { answerInstead, spoilAnswer } from './fault-answers.ts'
import type { FaultAnswer } from './faults.ts'
import { journalled } from './journal-middleware.ts'
import { MAX_OCSP_REQUEST_BYTES } from './limits.ts'
import { decodeOcspPath } from './ocsp-request.ts'
import { answerOcsp, type OcspResponder } from './ocsp-responder.ts'
import { OcspSigners } from './ocsp-signers.ts'
import { CLOSE_CONNECTION, readBody } from './request-body.ts'
import { isRevocationIssuer, type RevocationService } from './responders.ts'

const OCSP_REQUEST_TYPE = 'application/ocsp-request'
const OCSP_RESPONSE_TYPE = 'application/ocsp-response'
const CRL_TYPE = 'application/pkix-crl'
/** States change at any moment: nothing between client and responder may keep an answer. */
const NOT_KEPT = { 'cache-control': 'no-store' } as const

/** The responders of an emulator. */
export function createRevocationApp(
  emulation: Emulation,
  service: RevocationService,
): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const signers = new OcspSigners(emulation.world.hierarchy, emulation.now)
  const ocsp = (c: Context<ApiEnv>) => {
    const issuer = c.req.param('issuer') ?? ''
    if (!isRevocationIssuer(issuer)) return c.notFound()
    return serveOcsp(c, { issuer, emulation, signers })
  }
  app.use(journalled(emulation))
  app.post('/ocsp/:issuer', ocsp)
  app.get('/ocsp/:issuer/*', ocsp)
  app.all('/ocsp/*', (c) =>
    c.text('Send an OCSP request by POST, or by GET behind the URL\n', 405, { allow: 'GET, POST' }),
  )
  app.get('/crl/:file', (c) => serveCrl(c, emulation, service))
  app.onError((error, c) => {
    emulation.journal.log(`internal error: ${error.message}`)
    return c.text('Internal error\n', 500)
  })
  return app
}

function serveOcsp(c: Context<ApiEnv>, responder: OcspResponder): Promise<Response> {
  return underFault(c, 'ocsp', responder.emulation, async (fault) => {
    if (c.req.method !== 'POST')
      return ocspReply(c, answerOcsp(decodeOcspPath(pathBehind(c, responder)), responder, fault))
    const [type] = (c.req.header('content-type') ?? '').split(';')
    if (type?.trim().toLowerCase() !== OCSP_REQUEST_TYPE)
      return c.text(`The content type is not ${OCSP_REQUEST_TYPE}\n`, 415)
    const request = await readBody(c.req.raw, MAX_OCSP_REQUEST_BYTES)
    if (request === undefined) return c.text('The request is too large\n', 413, CLOSE_CONNECTION)
    return ocspReply(c, answerOcsp(request, responder, fault))
  })
}

/** As it was sent: a slash of the base64 may be percent-encoded or not. */
function pathBehind(c: Context<ApiEnv>, { issuer }: OcspResponder): string {
  return new URL(c.req.url).pathname.slice(`/ocsp/${issuer}/`.length)
}

function ocspReply(c: Context<ApiEnv>, response: Uint8Array<ArrayBuffer>): Response {
  return c.body(response, 200, { 'content-type': OCSP_RESPONSE_TYPE, ...NOT_KEPT })
}

function serveCrl(
  c: Context<ApiEnv>,
  emulation: Emulation,
  service: RevocationService,
): Promise<Response> {
  return underFault(c, 'crl', emulation, (fault) => {
    const crl = publishCrl(c.req.param('file') ?? '', emulation, service, fault)
    if (crl === undefined) return c.text('There is no such CRL\n', 404)
    return c.body(new Uint8Array(crl), 200, { 'content-type': CRL_TYPE, ...NOT_KEPT })
  })
}

/** Gives the answer as the fault that is due leaves it. */
async function underFault(
  c: Context<ApiEnv>,
  operation: 'ocsp' | 'crl',
  emulation: Emulation,
  answer: (fault: FaultAnswer | undefined) => Response | Promise<Response>,
): Promise<Response> {
  c.get('entry').operation = operation
  const fault = emulation.behaviour.faults.take(operation)
  const { now, closing } = emulation
  const instead =
    fault && (await answerInstead({ fault, request: c.req.raw, id: undefined, now, closing }))
  if (instead !== undefined) return instead
  const response = await answer(fault?.answer)
  return fault === undefined ? response : spoilAnswer(fault, response, c.env?.endConnection)
}
