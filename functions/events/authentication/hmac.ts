// HMAC (RFC 2104) of a body's bytes, as senders write it in a header. WebCrypto compares in constant time,
// and has SHA-1, which the Crypto seam keeps out: as a HMAC it is still sound, and some senders have no other.

import { encodeUtf8 } from '../../../shared/bytes.ts'
import type { HmacFormat } from '../source-auth.ts'

const DIGITS = { 'SHA-256': /^[0-9a-f]{64}$/, 'SHA-1': /^[0-9a-f]{40}$/ } as const

/**
 * Whether a header's value is the HMAC of the bytes.
 *
 * @param written - the value; undefined where the header is missing
 */
export async function isHmacOf(
  bytes: Uint8Array,
  written: string | undefined,
  secret: string,
  { hash, prefix }: HmacFormat,
): Promise<boolean> {
  if (written === undefined || !written.startsWith(prefix)) return false
  const digits = written.slice(prefix.length)
  if (!DIGITS[hash].test(digits)) return false
  const key = await crypto.subtle.importKey(
    'raw',
    Uint8Array.from(encodeUtf8(secret)),
    { name: 'HMAC', hash },
    false,
    ['verify'],
  )
  return crypto.subtle.verify('HMAC', key, fromHex(digits), Uint8Array.from(bytes))
}

function fromHex(digits: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(digits.length / 2)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
