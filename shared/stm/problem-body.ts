// What an error answer of Software Trust Manager says, in any of the shapes that have been seen of it:
// {"error":{"status"|"code","message"}}, {"errors":[{"code","message"}]}, Spring's
// {"status","error":"text","path"}, a JSON string, plain text, HTML. An unforeseen shape hides no cause:
// it is shown, shortened.

import { isNotationError } from '../errors.ts'
import { parseJson } from '../json.ts'
import { isRecord, optionalText } from './fields.ts'

/** What could be read of an error body. */
export interface ProblemBody {
  readonly format: 'json' | 'html' | 'text' | 'empty'
  /** Machine word, as `access_denied`. */
  readonly word?: string
  /** For people: one line, at most MAX_MESSAGE_CHARACTERS, from the service and not to be trusted. */
  readonly message?: string
}

/** STM's longest known message has 190 characters. */
const MAX_MESSAGE_CHARACTERS = 400
/** Enough for white space and a doctype. */
const HTML_LOOK_BYTES = 256
const HTML_START = /^\s*<(!doctype|html|head|body|\?xml)/i

/** True when a body begins as an HTML document: a proxy's page, or the service's answer to a path with `//`. */
export function isHtml(body: Uint8Array): boolean {
  return HTML_START.test(textOf(body.subarray(0, HTML_LOOK_BYTES)))
}

/** Reads an error body; total, for any bytes. */
export function readProblemBody(body: Uint8Array): ProblemBody {
  if (isHtml(body)) return { format: 'html' }
  const text = textOf(body)
  if (text.trim() === '') return { format: 'empty' }
  const value = jsonOf(text)
  if (value === undefined) return { format: 'text', message: oneLine(text) }
  return { format: 'json', ...readJsonProblem(value, text) }
}

/** A text from outside as one line without control characters, shortened. */
export function oneLine(text: string): string {
  const line = text.replace(/[\s\p{C}]+/gu, ' ').trim()
  return line.length <= MAX_MESSAGE_CHARACTERS ? line : `${line.slice(0, MAX_MESSAGE_CHARACTERS)}…`
}

function readJsonProblem(value: unknown, text: string): Omit<ProblemBody, 'format'> {
  if (typeof value === 'string') return { message: oneLine(value) }
  if (!isRecord(value)) return { message: oneLine(text) }
  const detail = Array.isArray(value.errors) ? value.errors[0] : value.error
  if (isRecord(detail)) return wordAndMessage(detail, text)
  // Spring: `error` is the reason phrase; `message` stands beside it where the service shows it.
  if (typeof detail === 'string') {
    const message = optionalText(value, 'message')
    return { message: oneLine(message === undefined ? detail : `${detail}: ${message}`) }
  }
  return wordAndMessage(value, text)
}

function wordAndMessage(
  detail: Readonly<Record<string, unknown>>,
  text: string,
): Omit<ProblemBody, 'format'> {
  const word = optionalText(detail, 'status') ?? optionalText(detail, 'code')
  const message = oneLine(optionalText(detail, 'message') ?? (word === undefined ? text : ''))
  return {
    ...(word === undefined ? {} : { word: oneLine(word) }),
    ...(message === '' ? {} : { message }),
  }
}

/** Malformed UTF-8 shows as U+FFFD: the text is for people. */
function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body)
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    if (isNotationError(cause)) return undefined
    throw cause
  }
}
