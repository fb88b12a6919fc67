// The OCSP status of a certificate: its servers in order until one answers for it, in the words of
// notation-core-go v1.3.0 (revocation/internal/ocsp). Answers are never kept.

import { MAX_OCSP_ANSWER_BYTES, OCSP_TIMEOUT_MS } from '../limits.ts'
import { checkOcspResponse, type OcspSubject } from './check-ocsp-response.ts'
import {
  type FetchDependencies,
  fetchRevocation,
  type RevocationAnswer,
} from './fetch-revocation.ts'
import { orMalformed } from './malformed.ts'
import { encodeOcspRequest, ocspHttpRequest } from './ocsp-request.ts'
import { parseOcspResponse } from './ocsp-response.ts'
import type { ServerStatus } from './server-status.ts'

/** What OCSP takes from the world. */
export interface OcspDependencies extends FetchDependencies {
  /** OCSP_TIMEOUT_MS unless given. */
  readonly ocspTimeoutMs?: number
}

const PREFIX = 'error checking revocation status via OCSP: '

/** OCSPResponseStatus (RFC 6960 §4.2.1); 4 is not used. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [1, 'OCSP malformed'],
  [2, 'OCSP internal error'],
  [3, 'OCSP try later'],
  [5, 'OCSP signature required'],
  [6, 'OCSP unauthorized'],
])

/** The outcome of an answer that is proven. */
const OUTCOMES = {
  good: { status: 'ok' },
  revoked: { status: 'revoked', error: 'certificate is revoked via OCSP' },
  unknown: { status: 'unknown', error: 'certificate has unknown status via OCSP' },
} as const

/** A server's outcome, and whether no further server is asked. */
interface Step {
  readonly outcome: ServerStatus
  readonly isFinal: boolean
}

/** Every server that was asked, in order: the last one decides. */
export async function checkOcsp(
  subject: OcspSubject,
  dependencies: OcspDependencies,
): Promise<readonly ServerStatus[]> {
  const request = await encodeOcspRequest(subject.certificate, subject.issuer, subject.sha1)
  const outcomes: ServerStatus[] = []
  for (const server of subject.certificate.ocspUrls) {
    const { outcome, isFinal } = await askServer(server, request, subject, dependencies)
    outcomes.push(outcome)
    if (isFinal) break
  }
  return outcomes
}

async function askServer(
  server: string,
  request: Uint8Array,
  subject: OcspSubject,
  dependencies: OcspDependencies,
): Promise<Step> {
  const url = URL.parse(server)
  if (url === null) return inconclusive(server, unsupportedScheme(''))
  const { ocspTimeoutMs: timeoutMs = OCSP_TIMEOUT_MS } = dependencies
  const answer = await fetchRevocation(
    { ...ocspHttpRequest(url, request), timeoutMs, maxBytes: MAX_OCSP_ANSWER_BYTES },
    dependencies,
  )
  if (answer.kind !== 'body') return inconclusive(server, describeFailure(answer))
  const parsed = orMalformed(() => parseOcspResponse(answer.body))
  if (typeof parsed === 'string') return inconclusive(server, parsed)
  if (parsed.kind === 'refusal') return inconclusive(server, describeRefusal(parsed.status))
  const verdict = await checkOcspResponse(parsed.response, subject)
  if (verdict.kind === 'unproven') return inconclusive(server, verdict.reason)
  return { outcome: { protocol: 'OCSP', server, ...OUTCOMES[verdict.status] }, isFinal: true }
}

function describeFailure(answer: Exclude<RevocationAnswer, { readonly kind: 'body' }>): string {
  switch (answer.kind) {
    case 'status':
      return `failed to retrieve OCSP: response had status code ${answer.status}`
    case 'timeout':
      return `exceeded timeout threshold of ${(answer.timeoutMs / 1000).toFixed(2)} seconds for OCSP check`
    case 'too-large':
      return `${PREFIX}OCSP response size exceeds the limit: ${MAX_OCSP_ANSWER_BYTES}`
    case 'scheme':
      return unsupportedScheme(answer.scheme)
    case 'failure':
      return `${PREFIX}${answer.reason}`
  }
}

function describeRefusal(status: number): string {
  const refusal = REFUSALS.get(status)
  return refusal === undefined
    ? `ocsp: error from server: unknown OCSP status: ${status}`
    : `${PREFIX}${refusal}`
}

function unsupportedScheme(scheme: string): string {
  return `${PREFIX}OCSPServer protocol ${scheme} is not supported`
}

function inconclusive(server: string, error: string): Step {
  return { outcome: { protocol: 'OCSP', server, status: 'unknown', error }, isFinal: false }
}
