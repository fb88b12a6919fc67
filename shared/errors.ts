// The one error class of the project and the closed list of its codes. What a code means on the
// outside stands in two tables: plugin error codes (plugin/) and HTTP statuses (functions/).

/** What went wrong, stable for programs. A negative verdict of a verification is a value, never one of these. */
export type ErrorCode =
  // what the caller sent
  | 'request-invalid'
  | 'request-too-large'
  | 'contract-version-unsupported'
  | 'reference-invalid'
  | 'route-unknown'
  | 'method-not-allowed'
  | 'media-type-unsupported'
  // what the caller may do
  | 'caller-unauthenticated'
  | 'caller-forbidden'
  | 'issuer-unavailable'
  | 'registry-not-allowed'
  // how much is done at once, and for one sender
  | 'too-busy'
  | 'caller-throttled'
  // how we were set up
  | 'configuration-invalid'
  | 'credential-invalid'
  | 'policy-invalid'
  | 'trust-store-invalid'
  // Software Trust Manager, or whatever else holds the key
  | 'key-unknown'
  | 'key-unsupported'
  | 'signer-denied'
  | 'signer-throttled'
  | 'signer-timeout'
  | 'signer-unavailable'
  | 'signer-answer-invalid'
  | 'signature-unaccounted'
  // bytes that do not hold what they should
  | 'encoding-invalid'
  | 'certificate-malformed'
  | 'chain-invalid'
  | 'envelope-malformed'
  | 'signature-mismatch'
  | 'payload-mismatch'
  // timestamps
  | 'timestamp-invalid'
  | 'timestamp-unavailable'
  // registries
  | 'artifact-unknown'
  | 'registry-denied'
  | 'registry-throttled'
  | 'registry-timeout'
  | 'registry-unavailable'
  | 'registry-answer-invalid'
  // checks that a trust policy enforces and this version cannot perform
  | 'check-unsupported'
  // the signing queue
  | 'queue-unavailable'
  | 'job-unknown'
  | 'internal'

/** What an error may carry besides its message. */
export interface NotationErrorOptions {
  readonly cause?: unknown
  /** Seconds after which another try makes sense, as the remote side asked for. */
  readonly retryAfterSeconds?: number
}

/**
 * Every failure that the project reports.
 *
 * The message is for people: what could not be done, what was found, what was wanted, the remedy.
 * It never holds a key, a password, a token or a request body.
 */
export class NotationError extends Error {
  override readonly name = 'NotationError'
  readonly code: ErrorCode
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options: NotationErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/** True for a NotationError, of one of the given codes where any is given. */
export function isNotationError(
  value: unknown,
  ...codes: readonly ErrorCode[]
): value is NotationError {
  return value instanceof NotationError && (codes.length === 0 || codes.includes(value.code))
}
