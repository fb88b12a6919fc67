// Distinguished names as text (RFC 4514), read as go-ldap v3.4.10 ParseDN reads them: notation-go puts
// both trusted identities and certificate subjects through it. The Notary Project's own rules on top
// of the grammar are left to subject.ts.

import { concatBytes, decodeUtf8, encodeUtf8 } from '../bytes.ts'
import { isNotationError } from '../errors.ts'

/** One `type=value` of a name, both unescaped. */
export interface NamePart {
  readonly type: string
  readonly value: string
}

/** Relative distinguished names in text order, each with the parts that `+` joins. */
export type RelativeNames = readonly (readonly NamePart[])[]

/** Either what was read, or why not, in go-ldap's words. */
export type NameReading = { readonly names: RelativeNames } | { readonly problem: string }

type Unescaped = { readonly text: string } | { readonly problem: string }

/** White space as Go's strings.TrimSpace knows it. */
const BLANK = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/
/** An escaped character, which is passed over, or one that divides the text. */
const ESCAPED_OR_DIVIDER = /\\[\s\S]?|[=,+;]/g
/** What stands for itself behind a backslash. */
const ESCAPABLE = ' "#+,;<=>\\'

/** Reads a distinguished name; a blank text is a name without parts. */
export function readDistinguishedName(text: string): NameReading {
  const names: (readonly NamePart[])[] = []
  if (BLANK.test(text)) return { names }
  let parts: NamePart[] = []
  let type = ''
  let start = 0
  for (const { index, divider } of dividersOf(text)) {
    // Of several `=` the first one behind a type divides; the others belong to the value.
    if (divider === '=' && type !== '') continue
    if (divider !== '=' && type === '') return { problem: 'incomplete type, value pair' }
    const read = unescapePart(text.slice(start, index))
    if ('problem' in read) return read
    start = index + 1
    if (divider === '=') {
      type = read.text
      continue
    }
    parts.push({ type, value: read.text })
    type = ''
    if (divider === '+') continue
    names.push(parts)
    parts = []
  }
  if (type === '') return { problem: 'DN ended with incomplete type, value pair' }
  const last = unescapePart(text.slice(start))
  if ('problem' in last) return last
  return { names: [...names, [...parts, { type, value: last.text }]] }
}

function dividersOf(text: string): readonly { index: number; divider: string }[] {
  return [...text.matchAll(ESCAPED_OR_DIVIDER)]
    .map(({ index, 0: divider }) => ({ index, divider }))
    .filter(({ divider }) => !divider.startsWith('\\'))
}

function unescapePart(text: string): Unescaped {
  const characters = [...trimSpaces(text)]
  const bytes: Uint8Array[] = []
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ''
    if (character !== '\\') {
      bytes.push(encodeUtf8(character))
      continue
    }
    const next = characters[i + 1]
    if (next === undefined)
      return { problem: `got corrupted escaped character: '${characters.join('')}'` }
    if (ESCAPABLE.includes(next)) {
      bytes.push(encodeUtf8(next))
      i += 1
      continue
    }
    const problem = checkHexPair(next, characters[i + 2])
    if (problem !== undefined) return { problem: `failed to decode escaped character: ${problem}` }
    bytes.push(Uint8Array.of(Number.parseInt(`${next}${characters[i + 2]}`, 16)))
    i += 2
  }
  return decode(concatBytes(...bytes))
}

/** Outer spaces go, except that a last one which is escaped stays. */
function trimSpaces(text: string): string {
  const trimmed = text.replace(/^ +/, '').replace(/(?<! ) +$/, '')
  return trimmed.endsWith('\\') && text.endsWith(' ') ? `${trimmed} ` : trimmed
}

function checkHexPair(high: string, low: string | undefined): string | undefined {
  if (low === undefined) return `encoding/hex: invalid byte: ${high}`
  if (encodeUtf8(high + low).length !== 2) return `invalid byte: ${high}${low}`
  const wrong = [high, low].find((digit) => !/[0-9A-Fa-f]/.test(digit))
  return wrong === undefined ? undefined : `encoding/hex: invalid byte: ${describe(wrong)}`
}

/** An ASCII character as Go's `%#U` prints it. */
function describe(character: string): string {
  const code = character.charCodeAt(0)
  const number = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return code < 0x20 || code === 0x7f ? number : `${number} '${character}'`
}

/** go-ldap lets escaped bytes be anything; a name that is no text could never match a certificate's. */
function decode(bytes: Uint8Array): Unescaped {
  try {
    return { text: decodeUtf8(bytes) }
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid'))
      return { problem: 'escaped bytes are not valid UTF-8' }
    throw error
  }
}
