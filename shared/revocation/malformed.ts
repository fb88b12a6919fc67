// Turns "these bytes are malformed" into a value: what servers send is an outcome, never an error.

import { isNotationError } from '../errors.ts'

/** What `read` answers, or as a text why the bytes that it reads are malformed. */
export function orMalformed<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid', 'certificate-malformed')) return error.message
    throw error
  }
}
