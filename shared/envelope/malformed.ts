// The error for an envelope that breaks a rule. Where the reference implementation has a text for it,
// that is the message; where we are stricter, the message names the object and the rule.

import { isNotationError, NotationError } from '../errors.ts'

/** An error of code `envelope-malformed`. */
export function malformed(message: string, cause?: unknown): NotationError {
  return new NotationError('envelope-malformed', message, cause === undefined ? {} : { cause })
}

/**
 * What `read` answers; bytes that it cannot decode make a malformed envelope.
 *
 * @param what - the part of the envelope that is read, to stand before the reason
 */
export function asMalformed<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!isNotationError(cause, 'encoding-invalid')) throw cause
    throw malformed(`${what}: ${cause.message}`, cause)
  }
}
