// Byte strings: joining, comparing, hexadecimal and strict UTF-8.

import { NotationError } from './errors.ts'

const HEX_DIGITS = '0123456789abcdef'
const utf8Encoder = new TextEncoder()
// `ignoreBOM: true` keeps a leading U+FEFF in the text: what is decoded encodes back to the same bytes.
const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Joins byte strings into a new one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** True when both hold the same bytes. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Lower-case hexadecimal. */
export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += `${HEX_DIGITS[byte >> 4]}${HEX_DIGITS[byte & 15]}`
  return text
}

/** UTF-8 bytes of a text. */
export function encodeUtf8(text: string): Uint8Array {
  return utf8Encoder.encode(text)
}

/**
 * Text of UTF-8 bytes.
 *
 * @throws {NotationError} `encoding-invalid` when the bytes are not well-formed UTF-8 (RFC 3629 §3)
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8Decoder.decode(bytes)
  } catch (cause) {
    throw new NotationError('encoding-invalid', 'Cannot read text: the bytes are not valid UTF-8', {
      cause,
    })
  }
}
