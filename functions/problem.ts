// RFC 9457 problem details for every error of the API. The one table of error code ↔ HTTP status.

import { type ErrorCode, isNotationError, NotationError } from '../shared/errors.ts'

/** 5xx where the caller can do nothing but wait or call the operator; 4xx where another request would do. */
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
  'registry-not-allowed': 403,
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
  'encoding-invalid': 400,
  'certificate-malformed': 502,
  'chain-invalid': 502,
  'envelope-malformed': 400,
  'signature-mismatch': 502,
  'payload-mismatch': 400,
  'timestamp-invalid': 502,
  'timestamp-unavailable': 502,
  'artifact-unknown': 404,
  'registry-denied': 502,
  'registry-throttled': 503,
  'registry-timeout': 504,
  'registry-unavailable': 502,
  'registry-answer-invalid': 502,
  'check-unsupported': 501,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

/** Short, code-independent titles by status (RFC 9110 §15). */
const TITLES: Readonly<Record<(typeof HTTP_STATUS)[ErrorCode], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The error as this API reports it: a foreign one becomes `internal`, its text stays inside. */
export function toNotationError(error: unknown): NotationError {
  if (isNotationError(error)) return error
  return new NotationError(
    'internal',
    'Cannot answer: an unexpected error occurred, the log has it',
    { cause: error },
  )
}

/**
 * The problem document of an error.
 *
 * @param instance - path of the request, without its query
 */
export function problemResponse(error: NotationError, instance: string): Response {
  const status = HTTP_STATUS[error.code]
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  })
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  if (error.retryAfterSeconds !== undefined)
    headers.set('retry-after', String(Math.ceil(error.retryAfterSeconds)))
  const document = {
    type: `urn:notation-digicert-stm:problem:${error.code}`,
    title: TITLES[status],
    status,
    code: error.code,
    detail: error.message,
    instance,
  }
  return new Response(JSON.stringify(document), { status, headers })
}
