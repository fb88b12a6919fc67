// The hash functions that the emulator signs and stamps with, and all that follows from each.

/** SHA-2 as the service offers it for signing. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** What is needed of a hash function. */
export interface Hash {
  readonly bytes: number
  readonly opensslName: string
  readonly oid: string
  /** DER of a DigestInfo up to the digest (RFC 8017 §9.2 note 1). */
  readonly digestInfoPrefix: Uint8Array
}

/** Everything about each of them. */
export const HASHES: Readonly<Record<HashName, Hash>> = {
  'SHA-256': hash(32, 'sha256', '2.16.840.1.101.3.4.2.1', 1),
  'SHA-384': hash(48, 'sha384', '2.16.840.1.101.3.4.2.2', 2),
  'SHA-512': hash(64, 'sha512', '2.16.840.1.101.3.4.2.3', 3),
}

/** All names, in the order of the digests' lengths. */
export const HASH_NAMES: readonly HashName[] = ['SHA-256', 'SHA-384', 'SHA-512']

function hash(bytes: number, opensslName: string, oid: string, lastArc: number): Hash {
  const algorithm = [0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, lastArc, 5, 0]
  const digestInfoPrefix = Uint8Array.from([0x30, 17 + bytes, ...algorithm, 4, bytes])
  return { bytes, opensslName, oid, digestInfoPrefix }
}
