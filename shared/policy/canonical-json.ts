// One text for equal JSON values, so that a digest of it names the value: members sorted, no white
// space (RFC 8785, for values that JSON.parse or parseJson made).

import type { JsonValue } from '../json.ts'

/** JSON with every object's members in the order of their names' UTF-16 code units. */
export function encodeCanonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(encodeCanonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${encodeCanonicalJson(member)}`)
  return `{${members.join(',')}}`
}
