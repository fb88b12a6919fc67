// Members of JSON values that senders wrote: whatever is not there, or of another type, is undefined.

import { NotationError } from '../../shared/errors.ts'
import type { JsonValue } from '../../shared/json.ts'
import { isJsonObject } from '../../shared/json-shape.ts'

/** The value at the end of a path of member names. */
export function memberAt(
  value: JsonValue | undefined,
  ...path: readonly string[]
): JsonValue | undefined {
  let found = value
  for (const name of path) found = isJsonObject(found) ? found[name] : undefined
  return found
}

/** The text at the end of a path; an empty one is none, as senders write what they do not know. */
export function textAt(
  value: JsonValue | undefined,
  ...path: readonly string[]
): string | undefined {
  const found = memberAt(value, ...path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

/** The list at the end of a path. */
export function listAt(
  value: JsonValue | undefined,
  ...path: readonly string[]
): readonly JsonValue[] | undefined {
  const found = memberAt(value, ...path)
  return Array.isArray(found) ? found : undefined
}

/**
 * What a body is refused with that has not the form of its source's type.
 *
 * @param found - what is wrong with it; nothing of the body
 * @returns `request-invalid`
 */
export function malformedEvent(found: string, cause?: unknown): NotationError {
  return new NotationError('request-invalid', `Cannot read the event: ${found}`, { cause })
}
