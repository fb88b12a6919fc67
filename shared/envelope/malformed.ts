// The error for an envelope that breaks a rule. Where the reference implementation has a text for it,
// that is the message; where we are stricter, the message names the object and the rule.

import { NotationError } from '../errors.ts'

/** An error of code `envelope-malformed`. */
export function malformed(message: string, cause?: unknown): NotationError {
  return new NotationError('envelope-malformed', message, cause === undefined ? {} : { cause })
}
