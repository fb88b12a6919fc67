// Reading members of JSON objects that a service sent: what is used is checked, the rest is not looked at.

import { NotationError } from '../errors.ts'

/** A JSON object. */
export type JsonRecord = Readonly<Record<string, unknown>>

/** True for a JSON object, not for an array or null. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A string member, or undefined when it is absent, null or of another type. */
export function optionalText(record: JsonRecord, name: string): string | undefined {
  const value = record[name]
  return typeof value === 'string' ? value : undefined
}

/**
 * A string member that must be there and not be empty.
 *
 * @throws {NotationError} `signer-answer-invalid`
 */
export function requiredText(record: JsonRecord, name: string): string {
  const value = optionalText(record, name)
  if (value === undefined || value === '') throw answerInvalid(`it has no text "${name}"`)
  return value
}

/** The error for an answer with status 200 that does not hold what it should. */
export function answerInvalid(found: string, cause?: unknown): NotationError {
  return new NotationError(
    'signer-answer-invalid',
    `Cannot use the answer of Software Trust Manager: ${found}`,
    cause === undefined ? {} : { cause },
  )
}
