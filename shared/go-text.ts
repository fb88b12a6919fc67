// Text as Go's fmt package prints it, for the messages that must equal the reference
// implementation's: %q of a string, %s of a time.

/** What Go's strconv.IsPrint lets stand: letters, marks, numbers, punctuation, symbols, the space. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
])

/** A text as `%q` prints it. */
export function quoteGo(text: string): string {
  let quoted = '"'
  for (const character of text) quoted += SHORT_ESCAPES.get(character) ?? escapeGo(character)
  return `${quoted}"`
}

/** An instant as `%s` prints a time.Time in UTC: `2030-01-02 03:04:05.5 +0000 UTC`. */
export function formatGoTime(at: Date): string {
  const [seconds, rest] = at.toISOString().split('.')
  const milliseconds = (rest ?? '').replace(/0*Z$/, '')
  const fraction = milliseconds === '' ? '' : `.${milliseconds}`
  return `${(seconds ?? '').replace('T', ' ')}${fraction} +0000 UTC`
}

function escapeGo(character: string): string {
  if (PRINTABLE.test(character)) return character
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`
  return code < 0x1_0000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
