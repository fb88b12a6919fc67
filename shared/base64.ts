// Strict base64 (RFC 4648 §4, padded) and base64url (§5, without padding).
// Refused both ways: foreign characters, line breaks, wrong padding, bits set behind the last byte.
// `atob` lets all but the first through, and notation-go's JSON decoder lets line breaks through.

import { NotationError } from './errors.ts'

const STANDARD = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const URL_SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const PADDING = '='
const NOT_A_DIGIT = 255
// valuesOf reads NOT_A_DIGIT: it has to stand above.
const STANDARD_VALUES = valuesOf(STANDARD)
const URL_SAFE_VALUES = valuesOf(URL_SAFE)

/** Base64 with padding, as `x5c`, the plugin protocol and STM use it. */
export function encodeBase64(bytes: Uint8Array): string {
  const text = encode(bytes, STANDARD)
  return text + PADDING.repeat((4 - (text.length % 4)) % 4)
}

/** Base64url without padding, as JWS uses it (RFC 7515 §2). */
export function encodeBase64Url(bytes: Uint8Array): string {
  return encode(bytes, URL_SAFE)
}

/**
 * Bytes of padded base64.
 *
 * @throws {NotationError} `encoding-invalid` unless the text is exactly what encodeBase64 would write
 */
export function decodeBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0)
    throw invalid('base64', `its length ${text.length} is not a multiple of 4`)
  const padding = text.endsWith('==') ? 2 : text.endsWith(PADDING) ? 1 : 0
  return decode(text, text.length - padding, STANDARD_VALUES, 'base64')
}

/**
 * Bytes of base64url without padding.
 *
 * @throws {NotationError} `encoding-invalid` unless the text is exactly what encodeBase64Url would write
 */
export function decodeBase64Url(text: string): Uint8Array {
  return decode(text, text.length, URL_SAFE_VALUES, 'base64url')
}

function encode(bytes: Uint8Array, alphabet: string): string {
  let text = ''
  let i = 0
  for (; i + 2 < bytes.length; i += 3) {
    const group = (at(bytes, i) << 16) | (at(bytes, i + 1) << 8) | at(bytes, i + 2)
    text += `${alphabet[group >> 18]}${alphabet[(group >> 12) & 63]}${alphabet[(group >> 6) & 63]}${alphabet[group & 63]}`
  }
  const rest = bytes.length - i
  if (rest === 1) text += `${alphabet[at(bytes, i) >> 2]}${alphabet[(at(bytes, i) & 3) << 4]}`
  if (rest === 2) {
    const group = (at(bytes, i) << 8) | at(bytes, i + 1)
    text += `${alphabet[group >> 10]}${alphabet[(group >> 4) & 63]}${alphabet[(group & 15) << 2]}`
  }
  return text
}

function decode(text: string, digits: number, values: Uint8Array, format: string): Uint8Array {
  const rest = digits % 4
  if (rest === 1) throw invalid(format, `${digits} digits cannot hold whole bytes`)
  const bytes = new Uint8Array(Math.floor((digits * 3) / 4))
  let buffer = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < digits; i++) {
    const code = text.charCodeAt(i)
    const value = code < values.length ? at(values, code) : NOT_A_DIGIT
    if (value === NOT_A_DIGIT)
      throw invalid(format, `the character at position ${i} is not in its alphabet`)
    buffer = ((buffer << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[length++] = (buffer >> bits) & 255
    }
  }
  if ((buffer & ((1 << bits) - 1)) !== 0) throw invalid(format, 'bits are set behind its last byte')
  return bytes
}

function valuesOf(alphabet: string): Uint8Array {
  const values = new Uint8Array(128).fill(NOT_A_DIGIT)
  for (let i = 0; i < alphabet.length; i++) values[alphabet.charCodeAt(i)] = i
  return values
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}

function invalid(format: string, found: string): NotationError {
  return new NotationError('encoding-invalid', `Cannot read ${format}: ${found}`)
}
