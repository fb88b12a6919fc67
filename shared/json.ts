// A strict JSON reader (RFC 8259). JSON.parse keeps the last of two members with one name, so two readers
// of the same bytes can see different documents; here such a document is refused.
// Left out: numbers that a double cannot hold exactly as integers are refused, not rounded.

import { decodeUtf8 } from './bytes.ts'
import { NotationError } from './errors.ts'
import { MAX_JSON_DEPTH } from './limits.ts'

/** What a document can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
/** Members by name. It has no prototype, so `__proto__` is a member like any other. */
export interface JsonObject {
  readonly [name: string]: JsonValue
}

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const SPACE = /[ \t\n\r]*/y
/** A run of characters that stand for themselves (§7). */
const PLAIN = /[ !#-[\]-\uffff]*/y
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const LITERALS = { t: ['true', true], f: ['false', false], n: ['null', null] } as const

/** Where the reader stands. */
interface Cursor {
  readonly text: string
  offset: number
}

/**
 * Reads one JSON document.
 *
 * @param input - text, or UTF-8 bytes without byte order mark
 * @param maxDepth - of arrays and objects in each other
 * @throws {NotationError} `encoding-invalid`: not well-formed, two members of one name, deeper than maxDepth, an integer
 *   beyond ±(2^53 − 1), half a surrogate pair, or something behind the value
 */
export function parseJson(input: string | Uint8Array, maxDepth = MAX_JSON_DEPTH): JsonValue {
  const text = typeof input === 'string' ? input : decodeUtf8(input)
  const cursor: Cursor = { text, offset: 0 }
  const value = readValue(cursor, maxDepth)
  skipSpace(cursor)
  if (cursor.offset < text.length) throw invalid(cursor, 'there is more behind the value')
  return value
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  skipSpace(cursor)
  const first = cursor.text[cursor.offset]
  if (first === '{') return readObject(cursor, depth - 1)
  if (first === '[') return readArray(cursor, depth - 1)
  if (first === '"') return readString(cursor)
  if (first === 't' || first === 'f' || first === 'n') return readLiteral(cursor, first)
  return readNumber(cursor)
}

function readObject(cursor: Cursor, depth: number): JsonValue {
  if (depth < 0) throw invalid(cursor, 'it is nested too deeply')
  const members: Record<string, JsonValue> = Object.create(null)
  cursor.offset++
  if (takes(cursor, '}')) return members
  do {
    skipSpace(cursor)
    if (cursor.text[cursor.offset] !== '"') throw invalid(cursor, 'a member needs a name')
    const name = readString(cursor)
    if (name in members) throw invalid(cursor, 'two members have the same name')
    if (!takes(cursor, ':')) throw invalid(cursor, 'a name needs a colon and a value')
    members[name] = readValue(cursor, depth)
  } while (takes(cursor, ','))
  if (!takes(cursor, '}')) throw invalid(cursor, 'an object does not end')
  return members
}

function readArray(cursor: Cursor, depth: number): JsonValue {
  if (depth < 0) throw invalid(cursor, 'it is nested too deeply')
  const elements: JsonValue[] = []
  cursor.offset++
  if (takes(cursor, ']')) return elements
  do elements.push(readValue(cursor, depth))
  while (takes(cursor, ','))
  if (!takes(cursor, ']')) throw invalid(cursor, 'an array does not end')
  return elements
}

function readString(cursor: Cursor): string {
  cursor.offset++
  let value = match(PLAIN, cursor)
  while (cursor.text[cursor.offset] === '\\') value += readEscape(cursor) + match(PLAIN, cursor)
  if (cursor.text[cursor.offset] !== '"') {
    throw invalid(cursor, 'a string does not end, or holds a control character')
  }
  cursor.offset++
  // Half a pair is no Unicode text: it cannot be written as UTF-8 and would come back as another string.
  if (!value.isWellFormed()) throw invalid(cursor, 'a string holds half a surrogate pair')
  return value
}

function readEscape(cursor: Cursor): string {
  const kind = cursor.text[cursor.offset + 1] ?? ''
  const plain = ESCAPES[kind]
  if (plain !== undefined) {
    cursor.offset += 2
    return plain
  }
  const digits = cursor.text.slice(cursor.offset + 2, cursor.offset + 6)
  if (kind !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits))
    throw invalid(cursor, 'an escape is not known')
  cursor.offset += 6
  return String.fromCharCode(Number.parseInt(digits, 16))
}

function readLiteral(cursor: Cursor, first: keyof typeof LITERALS): JsonValue {
  const [word, value] = LITERALS[first]
  if (!cursor.text.startsWith(word, cursor.offset)) throw invalid(cursor, 'a word is not known')
  cursor.offset += word.length
  return value
}

function readNumber(cursor: Cursor): number {
  const text = match(NUMBER, cursor)
  if (text === '') throw invalid(cursor, 'a value is missing')
  const value = Number(text)
  const isInteger = /^-?\d+$/.test(text)
  if (isInteger ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    throw invalid(cursor, 'a number is too large')
  }
  return value
}

function takes(cursor: Cursor, character: string): boolean {
  skipSpace(cursor)
  if (cursor.text[cursor.offset] !== character) return false
  cursor.offset++
  return true
}

function skipSpace(cursor: Cursor): void {
  match(SPACE, cursor)
}

function match(pattern: RegExp, cursor: Cursor): string {
  pattern.lastIndex = cursor.offset
  const text = pattern.exec(cursor.text)?.[0] ?? ''
  cursor.offset += text.length
  return text
}

function invalid(cursor: Cursor, found: string): NotationError {
  return new NotationError(
    'encoding-invalid',
    `Cannot read JSON: ${found}, at character ${cursor.offset}`,
  )
}
