// Reads the members of a trust policy's JSON. As in the reference implementation a null counts as
// absent and unknown members are passed over; a value of the wrong type, or a known member in
// another spelling, is refused.

import { NotationError } from '../errors.ts'

/** Where the reference implementation's messages send people. */
export const POLICY_GUIDE_URL = 'https://notaryproject.dev/docs/quickstart/#create-a-trust-policy'

/** Members of a JSON object, by name. */
export type JsonMembers = ReadonlyMap<string, unknown>

/**
 * The members of an object; null and undefined count as an empty one.
 *
 * Go matches member names without regard to case, so `"Override"` would be read there and passed
 * over here: two readers, two policies. Such spellings of a known name are refused.
 *
 * @param known - the names that have a meaning here
 * @param where - path of the value, for the message
 * @throws {NotationError} `policy-invalid`
 */
export function readMembers(value: unknown, known: readonly string[], where: string): JsonMembers {
  if (isAbsent(value)) return new Map()
  if (typeof value !== 'object' || Array.isArray(value)) throw wrongType(where, value, 'an object')
  const members = new Map<string, unknown>(Object.entries(value))
  const names = new Map(known.map((name) => [foldCase(name), name]))
  for (const name of members.keys()) {
    const meant = names.get(foldCase(name))
    if (meant !== undefined && meant !== name)
      throw malformed(`${where} has a member ${JSON.stringify(name)}, which is spelled "${meant}"`)
  }
  return members
}

/** A text; absent counts as the empty one. */
export function readText(value: unknown, where: string): string {
  if (isAbsent(value)) return ''
  if (typeof value !== 'string') throw wrongType(where, value, 'a string')
  return value
}

/** A list; absent counts as the empty one. */
export function readList(value: unknown, where: string): readonly unknown[] {
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) throw wrongType(where, value, 'an array')
  return value
}

/** A list of texts; absent counts as the empty one. */
export function readTexts(value: unknown, where: string): readonly string[] {
  return readList(value, where).map((item, index) => readText(item, `${where}[${index}]`))
}

/** A policy that breaks a rule. */
export function invalidPolicy(message: string): NotationError {
  return new NotationError('policy-invalid', message)
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

/** Unicode simple folding as far as it reaches ASCII: ſ is s, and the Kelvin sign is k. */
function foldCase(name: string): string {
  return name.toUpperCase().toLowerCase()
}

function wrongType(where: string, value: unknown, wanted: string): NotationError {
  const found = Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
  return malformed(`${where} is ${found}, wanted ${wanted}`)
}

/** The reference implementation's sentence, which names no place, and then the place. */
function malformed(found: string): NotationError {
  return invalidPolicy(
    `malformed trust policy. To create a trust policy, see: ${POLICY_GUIDE_URL}; ${found}`,
  )
}
