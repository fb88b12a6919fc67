// Errors as the plugin protocol has them (plugin-extensibility.md §Error response): one of six codes and a
// message, which is all that notation shows.

import { type ErrorCode, NotationError } from '../shared/errors.ts'

/** Error codes of the plugin protocol. */
export type PluginErrorCode =
  | 'VALIDATION_ERROR'
  | 'UNSUPPORTED_CONTRACT_VERSION'
  | 'ACCESS_DENIED'
  | 'TIMEOUT'
  | 'THROTTLED'
  | 'ERROR'

/** The error object of the plugin protocol. */
export interface PluginError {
  readonly errorCode: PluginErrorCode
  readonly errorMessage: string
}

/**
 * What each of our codes is for notation. TIMEOUT and THROTTLED mean that another try may help: a signature
 * that may have been spent is therefore neither, even when it was a timeout that lost it.
 */
const PLUGIN_ERROR_CODES = {
  'request-invalid': 'VALIDATION_ERROR',
  'request-too-large': 'VALIDATION_ERROR',
  'contract-version-unsupported': 'UNSUPPORTED_CONTRACT_VERSION',
  'reference-invalid': 'VALIDATION_ERROR',
  'route-unknown': 'VALIDATION_ERROR',
  'method-not-allowed': 'VALIDATION_ERROR',
  'media-type-unsupported': 'VALIDATION_ERROR',
  'caller-unauthenticated': 'ACCESS_DENIED',
  'caller-forbidden': 'ACCESS_DENIED',
  'issuer-unavailable': 'ERROR',
  'registry-not-allowed': 'ACCESS_DENIED',
  'too-busy': 'THROTTLED',
  'caller-throttled': 'THROTTLED',
  'configuration-invalid': 'VALIDATION_ERROR',
  'credential-invalid': 'ACCESS_DENIED',
  'policy-invalid': 'VALIDATION_ERROR',
  'trust-store-invalid': 'VALIDATION_ERROR',
  'key-unknown': 'VALIDATION_ERROR',
  'key-unsupported': 'VALIDATION_ERROR',
  'signer-denied': 'ACCESS_DENIED',
  'signer-throttled': 'THROTTLED',
  'signer-timeout': 'TIMEOUT',
  'signer-unavailable': 'ERROR',
  'signer-answer-invalid': 'ERROR',
  'signature-unaccounted': 'ERROR',
  'encoding-invalid': 'VALIDATION_ERROR',
  'certificate-malformed': 'VALIDATION_ERROR',
  'chain-invalid': 'VALIDATION_ERROR',
  'envelope-malformed': 'VALIDATION_ERROR',
  'signature-mismatch': 'ERROR',
  'payload-mismatch': 'ERROR',
  'timestamp-invalid': 'ERROR',
  'timestamp-unavailable': 'ERROR',
  'artifact-unknown': 'VALIDATION_ERROR',
  'registry-denied': 'ACCESS_DENIED',
  'registry-throttled': 'THROTTLED',
  'registry-timeout': 'TIMEOUT',
  'registry-unavailable': 'ERROR',
  'registry-answer-invalid': 'ERROR',
  'check-unsupported': 'ERROR',
  'queue-unavailable': 'ERROR',
  'job-unknown': 'VALIDATION_ERROR',
  internal: 'ERROR',
} as const satisfies Record<ErrorCode, PluginErrorCode>

/** Whether a text is a code of ours, as another of our programs writes it. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(PLUGIN_ERROR_CODES, text)
}

/** The protocol's error for anything thrown. What was not foreseen shows its kind, never a stack. */
export function toPluginError(thrown: unknown): PluginError {
  if (thrown instanceof NotationError)
    return { errorCode: PLUGIN_ERROR_CODES[thrown.code], errorMessage: thrown.message }
  const found = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : 'no error object'
  return {
    errorCode: PLUGIN_ERROR_CODES.internal,
    errorMessage: `Cannot go on: the plugin met an error that it does not know (${found}); please report it with the log file`,
  }
}
