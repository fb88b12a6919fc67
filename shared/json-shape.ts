// What a parsed JSON value turns out to be, for readers of one kind of document. Reading the text is
// left to json.ts.

import type { JsonObject, JsonValue } from './json.ts'

/** Whether a value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether a value is a list of texts. */
export function isJsonTexts(value: JsonValue | undefined): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string')
}

/** Whether a member is left out; Go writes and reads a pointer to nothing as null. */
export function isJsonAbsent(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null
}

/**
 * The first member that Go would take for a known one because it matches names without regard to case.
 *
 * Whoever reads names exactly sees another document there than notation does: such a document is to be refused.
 */
export function findOtherSpelling(
  object: JsonObject,
  known: readonly string[],
): string | undefined {
  const others = Object.keys(object).filter((name) => !known.includes(name))
  if (others.length === 0) return undefined
  const folded = new Set(known.map(foldCase))
  return others.find((name) => folded.has(foldCase(name)))
}

/** Unicode simple folding as far as it reaches ASCII: ſ is s, and the Kelvin sign is k. */
function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase()
}
