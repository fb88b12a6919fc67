// Reads the members of a trust policy's JSON. As in the reference implementation a null counts as
// absent and unknown members are passed over; a value of the wrong type, or a known member in
// another spelling, is refused.

import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import type { JsonValue } from '../json.ts'
import { findOtherSpelling, isJsonAbsent, isJsonObject } from '../json-shape.ts'

/** Where the reference implementation's messages send people. */
export const POLICY_GUIDE_URL = 'https://notaryproject.dev/docs/quickstart/#create-a-trust-policy'

/** A value, or nothing where a member is left out. */
export type JsonMember = JsonValue | undefined

/** Members of a JSON object, by name. */
export type JsonMembers = ReadonlyMap<string, JsonValue>

/**
 * The members of an object; null and undefined count as an empty one.
 *
 * @param known - the names that have a meaning here; one in another spelling is refused
 * @param where - path of the value, for the message
 * @throws {NotationError} `policy-invalid`
 */
export function readMembers(
  value: JsonMember,
  known: readonly string[],
  where: string,
): JsonMembers {
  if (isJsonAbsent(value)) return new Map()
  if (!isJsonObject(value)) throw wrongType(where, value, 'an object')
  const other = findOtherSpelling(value, known)
  if (other !== undefined)
    throw malformed(
      `${where} has a member ${quoteGo(other)}, which differs from a known name in case only`,
    )
  return new Map(Object.entries(value))
}

/** A text; absent counts as the empty one. */
export function readText(value: JsonMember, where: string): string {
  if (isJsonAbsent(value)) return ''
  if (typeof value !== 'string') throw wrongType(where, value, 'a string')
  return value
}

/** A truth value; absent counts as false. */
export function readBoolean(value: JsonMember, where: string): boolean {
  if (isJsonAbsent(value)) return false
  if (typeof value !== 'boolean') throw wrongType(where, value, 'true or false')
  return value
}

/** A list; absent counts as the empty one. */
export function readList(value: JsonMember, where: string): readonly JsonValue[] {
  if (isJsonAbsent(value)) return []
  if (isJsonArray(value)) return value
  throw wrongType(where, value, 'an array')
}

/** A list of texts; absent counts as the empty one. */
export function readTexts(value: JsonMember, where: string): readonly string[] {
  return readList(value, where).map((item, index) => readText(item, `${where}[${index}]`))
}

/** A policy that breaks a rule. */
export function invalidPolicy(message: string): NotationError {
  return new NotationError('policy-invalid', message)
}

/** Array.isArray does not narrow readonly arrays. */
function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function wrongType(where: string, value: JsonMember, wanted: string): NotationError {
  const found = Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
  return malformed(`${where} is ${found}, wanted ${wanted}`)
}

/** The reference implementation's sentence, which names no place, and then the place. */
function malformed(found: string): NotationError {
  return invalidPolicy(
    `malformed trust policy. To create a trust policy, see: ${POLICY_GUIDE_URL}; ${found}`,
  )
}
