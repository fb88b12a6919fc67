// Content digests as OCI writes them (image-spec descriptor.md §Digests): `sha256:…`, lower-case.

import { HASH_BYTES, type HashName } from './algorithm.ts'
import { toHex } from './bytes.ts'
import type { Crypto } from './crypto.ts'
import { NotationError } from './errors.ts'

/** The algorithm's name in a digest ↔ the hash. */
const ALGORITHMS = {
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
} as const satisfies Record<string, HashName>
const DIGEST = /^(sha256|sha384|sha512):([0-9a-f]+)$/

/** A digest in its two parts. */
export interface Digest {
  readonly hash: HashName
  /** Lower-case. */
  readonly hex: string
}

/**
 * Reads a digest.
 *
 * @throws {NotationError} `encoding-invalid` for another algorithm, another length, or upper-case digits
 */
export function parseDigest(text: string): Digest {
  const [, algorithm, hex] = DIGEST.exec(text) ?? []
  const hash =
    algorithm === undefined ? undefined : ALGORITHMS[algorithm as keyof typeof ALGORITHMS]
  if (hash !== undefined && hex !== undefined && hex.length === 2 * HASH_BYTES[hash])
    return { hash, hex }
  throw new NotationError(
    'encoding-invalid',
    'Cannot read a digest: wanted sha256, sha384 or sha512, a colon, and its lower-case hexadecimal digits',
  )
}

/** The digest of bytes, as `sha256:…`. */
export async function digestOf(hash: HashName, bytes: Uint8Array, crypto: Crypto): Promise<string> {
  return `${hash.toLowerCase().replace('-', '')}:${toHex(await crypto.digest(hash, bytes))}`
}
