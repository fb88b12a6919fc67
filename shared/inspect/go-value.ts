// Values of extended attributes as text: what Go's fmt.Sprint makes of them, which is how notation shows
// them. Every JSON number is a double there, a CBOR integer is not.

import { encodeUtf8, toHex } from '../bytes.ts'
import { type CborKey, type CborMap, type CborValue, isCborArray, isCborFloat } from '../cbor.ts'
import type { JsonValue } from '../json.ts'
import { isJsonObject } from '../json-shape.ts'

/** Decimal exponents of doubles that Go writes without an exponent (strconv's %g in its shortest form). */
const PLAIN_EXPONENTS = { least: -4, most: 5 } as const

/** A JSON value. */
export function formatJsonAsGo(value: JsonValue): string {
  if (value === null) return '<nil>'
  if (typeof value === 'number') return formatDouble(value)
  if (typeof value !== 'object') return String(value)
  if (isJsonObject(value))
    return formatMembers(
      Object.entries(value).map(([key, member]) => [key, formatJsonAsGo(member)]),
    )
  return formatList(value.map(formatJsonAsGo))
}

/** A CBOR value. */
export function formatCborAsGo(value: CborValue): string {
  if (value === null) return '<nil>'
  if (typeof value !== 'object') return String(value)
  if (value instanceof Uint8Array) return formatList([...value].map(String))
  if (isCborArray(value)) return formatList(value.map(formatCborAsGo))
  if (isCborMap(value))
    return formatMembers([...value].map(([key, member]) => [key, formatCborAsGo(member)]))
  if (isCborFloat(value)) return formatDouble(value.float)
  return `{${value.tag} ${formatCborAsGo(value.value)}}`
}

function formatList(texts: readonly string[]): string {
  return `[${texts.join(' ')}]`
}

/** Texts in the order of their bytes, then integers in theirs. */
function formatMembers(members: readonly (readonly [CborKey, string])[]): string {
  const sorted = members.toSorted(([a], [b]) => {
    if (typeof a === 'string' && typeof b === 'string')
      return toHex(encodeUtf8(a)) < toHex(encodeUtf8(b)) ? -1 : 1
    if (typeof a !== 'string' && typeof b !== 'string') return a < b ? -1 : 1
    return typeof a === 'string' ? -1 : 1
  })
  return `map[${sorted.map(([key, text]) => `${key}:${text}`).join(' ')}]`
}

function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const [digits = '', text = ''] = value.toExponential().split('e')
  const exponent = Number(text)
  // Within these bounds JavaScript writes no exponent either.
  if (exponent >= PLAIN_EXPONENTS.least && exponent <= PLAIN_EXPONENTS.most) return String(value)
  const sign = exponent < 0 ? '-' : '+'
  return `${digits}e${sign}${Math.abs(exponent).toString().padStart(2, '0')}`
}

/** instanceof does not narrow to a readonly map. */
function isCborMap(value: CborValue): value is CborMap {
  return value instanceof Map
}
