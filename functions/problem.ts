// RFC 9457 problem details for every error of the API. The one table of error code ↔ HTTP status.

import { type ErrorCode, isNotationError, NotationError } from '../shared/errors.ts'

/**
 * 4xx where another request would do; 5xx where the caller can do nothing but wait or call the operator. The faults of
 * an envelope are outcomes of a verification, and signing verifies its own: as errors they would be ours.
 */
export const HTTP_STATUS = {
  'request-invalid': 400,
  'request-too-large': 413,
  'contract-version-unsupported': 400,
  'reference-invalid': 400,
  'route-unknown': 404,
  'method-not-allowed': 405,
  'media-type-unsupported': 415,
  'caller-unauthenticated': 401,
  'caller-forbidden': 403,
  'issuer-unavailable': 503,
  'registry-not-allowed': 403,
  'too-busy': 429,
  'caller-throttled': 429,
  'configuration-invalid': 503,
  'credential-invalid': 503,
  'policy-invalid': 503,
  'trust-store-invalid': 503,
  'key-unknown': 404,
  'key-unsupported': 422,
  'signer-denied': 502,
  'signer-throttled': 503,
  'signer-timeout': 504,
  'signer-unavailable': 502,
  'signer-answer-invalid': 502,
  'signature-unaccounted': 502,
  'encoding-invalid': 500,
  'certificate-malformed': 502,
  'chain-invalid': 422,
  'envelope-malformed': 500,
  'signature-mismatch': 500,
  'payload-mismatch': 500,
  'timestamp-invalid': 502,
  'timestamp-unavailable': 502,
  'artifact-unknown': 404,
  'registry-denied': 502,
  'registry-throttled': 503,
  'registry-timeout': 504,
  'registry-unavailable': 502,
  'registry-answer-invalid': 502,
  'check-unsupported': 501,
  'queue-unavailable': 503,
  'job-unknown': 404,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

const OURS = 'Cannot answer: an unexpected error occurred, the log has it'
const NOT_SET_UP = 'Cannot answer: the server is not set up for this; its log has the reason'

/**
 * What callers are told where the error's own message comes from behind the API: that one is for the operator, in the
 * log, because it names hosts and settings, and repeats keys and references of the request.
 */
const DETAILS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'issuer-unavailable':
    'Cannot tell who is calling: the issuer of the token cannot be reached; try again later',
  'configuration-invalid': NOT_SET_UP,
  'credential-invalid': NOT_SET_UP,
  'policy-invalid': NOT_SET_UP,
  'trust-store-invalid': NOT_SET_UP,
  'reference-invalid':
    'Cannot read the reference: wanted is <registry>/<repository>:<tag> or <registry>/<repository>@<digest>',
  'key-unknown':
    'Cannot find the key: "keyId" is neither the alias nor the id of a keypair; aliases are case-sensitive',
  'key-unsupported': 'Cannot use the key: the Notary Project has no algorithm for keys of its kind',
  'certificate-malformed': 'Cannot use the key: its certificate is malformed',
  'chain-invalid':
    "Cannot use the key: its certificates do not meet the Notary Project's rules, or are not valid now",
  'signer-denied': 'Cannot sign: Software Trust Manager refuses this server the key',
  'signer-throttled': 'Cannot sign: Software Trust Manager is asked too often; try again later',
  'signer-timeout': 'Cannot sign: Software Trust Manager did not answer in time; try again later',
  'signer-unavailable': 'Cannot sign: Software Trust Manager cannot be reached; try again later',
  'signer-answer-invalid': 'Cannot sign: the answer of Software Trust Manager cannot be used',
  'signature-unaccounted':
    'Cannot sign: the request to Software Trust Manager failed after it was sent; a signature may have been spent',
  'encoding-invalid': OURS,
  'envelope-malformed': OURS,
  'signature-mismatch': OURS,
  'payload-mismatch': OURS,
  'timestamp-invalid': 'Cannot timestamp: the answer of the authority does not verify',
  'timestamp-unavailable': 'Cannot timestamp: the authority cannot be reached; try again later',
  'artifact-unknown': 'Cannot find the artifact',
  'registry-denied': 'Cannot use the repository: the registry refuses this server',
  'registry-throttled': 'Cannot use the registry: it is asked too often; try again later',
  'registry-timeout': 'Cannot use the registry: it did not answer in time; try again later',
  'registry-unavailable': 'Cannot use the registry: it cannot be reached; try again later',
  'registry-answer-invalid': 'Cannot use the registry: its answer cannot be used',
  'check-unsupported':
    'Cannot decide: a check that is enforced needs OCSP or CRL servers, and this server asks none',
  'queue-unavailable': 'Cannot use the signing queue: try again later',
  internal: OURS,
}

/** Short, code-independent titles by status (RFC 9110 §15). */
export const TITLES: Readonly<Record<(typeof HTTP_STATUS)[ErrorCode], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** What callers are told of an error of this code: its own message, or what stands for it. */
export function detailOf(code: string, message: string): string {
  return isErrorCode(code) ? (DETAILS[code] ?? message) : message
}

/** Whether a text is a code of the table, as an actor on another machine writes it. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(HTTP_STATUS, text)
}

/** The error as this API reports it: a foreign one becomes `internal`, its text stays inside. */
export function toNotationError(error: unknown): NotationError {
  return isNotationError(error) ? error : new NotationError('internal', OURS, { cause: error })
}

/** For the log: an unexpected error's own text, which callers do not see. */
export function logTextOf(error: NotationError): string {
  return error.code === 'internal' && error.cause instanceof Error
    ? (error.cause.stack ?? error.cause.message)
    : error.message
}

/**
 * The problem document of an error.
 *
 * @param instance - path of the route; left out where the request met none, because it is then the caller's own text
 * @param headers - further ones
 */
export function problemResponse(
  error: NotationError,
  instance?: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { code, retryAfterSeconds } = error
  const status = HTTP_STATUS[code]
  const document = {
    type: `urn:notation-digicert-stm:problem:${code}`,
    title: TITLES[status],
    status,
    code,
    detail: DETAILS[code] ?? error.message,
    ...(instance === undefined ? {} : { instance }),
  }
  return new Response(JSON.stringify(document), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === undefined
        ? {}
        : { 'retry-after': `${Math.ceil(retryAfterSeconds)}` }),
      ...headers,
    },
  })
}

/**
 * The answer to a method that a route does not take.
 *
 * @param path - of the route; undefined where it may hold a secret
 * @param allowed - methods as the header `Allow` lists them
 */
export function methodNotAllowed(path: string | undefined, allowed: string): Response {
  const error = new NotationError(
    'method-not-allowed',
    `Cannot answer this method here: the route takes ${allowed}`,
  )
  return problemResponse(error, path, { allow: allowed })
}

/** What is refused where there is no such route. */
export function routeUnknown(): NotationError {
  return new NotationError(
    'route-unknown',
    'Cannot answer: there is no such route; the README lists them',
  )
}
