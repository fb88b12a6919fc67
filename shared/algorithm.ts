// The only table of key spec ↔ hash ↔ signature algorithm (Notary Project
// signature-specification.md §Algorithm Selection). Below this file nothing asks which key spec it has:
// it takes the entry.

import { NotationError } from './errors.ts'

/** Hash functions that Notary Project signatures use. */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512'

/** Bytes of a digest. */
export const HASH_BYTES = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const satisfies Record<
  HashName,
  number
>

/** How a public-key signature is made and checked, in WebCrypto's terms. */
export type SignatureScheme =
  | { readonly name: 'RSASSA-PKCS1-v1_5'; readonly hash: HashName }
  /** MGF1 with the same hash; saltBytes is exact, other lengths are refused. */
  | { readonly name: 'RSA-PSS'; readonly hash: HashName; readonly saltBytes: number }
  /** Signatures are r‖s, each half as wide as the curve's coordinates. */
  | { readonly name: 'ECDSA'; readonly hash: HashName; readonly namedCurve: NamedCurve }
  | { readonly name: 'Ed25519' }

/** NIST curves by their WebCrypto names. */
export type NamedCurve = 'P-256' | 'P-384' | 'P-521'

/** Bytes of one coordinate, which is half a fixed-width ECDSA signature. */
export const COORDINATE_BYTES = { 'P-256': 32, 'P-384': 48, 'P-521': 66 } as const satisfies Record<
  NamedCurve,
  number
>

/** All that follows from a key spec. */
export interface KeySpecEntry {
  readonly keySpec: KeySpec
  readonly hash: HashName
  /** Name in the plugin protocol and in `notation inspect`. */
  readonly signingAlgorithm: SigningAlgorithm
  /** JWS `alg` (RFC 7518 §3.1). */
  readonly jws: string
  /** COSE algorithm, label 1 (RFC 9053 §2.1, RFC 8230 §2). */
  readonly cose: number
  /** Number of the algorithm in the reference implementation's messages. */
  readonly referenceNumber: number
  readonly scheme: Extract<SignatureScheme, { name: 'RSA-PSS' | 'ECDSA' }>
  /** RSA modulus or EC field, in bits. */
  readonly bits: number
  /** Length of a signature: RSA modulus, or r‖s. */
  readonly signatureBytes: number
}

/** Key specs of the plugin protocol (plugin-extensibility.md §describe-key). */
export type KeySpec = 'RSA-2048' | 'RSA-3072' | 'RSA-4096' | 'EC-256' | 'EC-384' | 'EC-521'

/** Signing algorithms of the plugin protocol (plugin-extensibility.md §generate-signature). */
export type SigningAlgorithm =
  | 'RSASSA-PSS-SHA-256'
  | 'RSASSA-PSS-SHA-384'
  | 'RSASSA-PSS-SHA-512'
  | 'ECDSA-SHA-256'
  | 'ECDSA-SHA-384'
  | 'ECDSA-SHA-512'

/** The table, by the names of the plugin protocol. */
export const KEY_SPECS: Readonly<Record<KeySpec, KeySpecEntry>> = {
  'RSA-2048': rsa('RSA-2048', 2048, 'SHA-256', 'PS256', -37, 1),
  'RSA-3072': rsa('RSA-3072', 3072, 'SHA-384', 'PS384', -38, 2),
  'RSA-4096': rsa('RSA-4096', 4096, 'SHA-512', 'PS512', -39, 3),
  'EC-256': ec('EC-256', 'P-256', 256, 'SHA-256', 'ES256', -7, 4),
  'EC-384': ec('EC-384', 'P-384', 384, 'SHA-384', 'ES384', -35, 5),
  'EC-521': ec('EC-521', 'P-521', 521, 'SHA-512', 'ES512', -36, 6),
}

/** All entries, for look-ups by another column. */
export const KEY_SPEC_ENTRIES: readonly KeySpecEntry[] = Object.values(KEY_SPECS)

/**
 * The entry of a key spec's name.
 *
 * @throws {NotationError} `key-unsupported` for a name that is none of the six
 */
export function keySpecEntry(name: string): KeySpecEntry {
  const entry = KEY_SPEC_ENTRIES.find((candidate) => candidate.keySpec === name)
  if (entry !== undefined) return entry
  const known = KEY_SPEC_ENTRIES.map((candidate) => candidate.keySpec).join(', ')
  throw new NotationError(
    'key-unsupported',
    `Cannot use key spec ${JSON.stringify(name)}: the Notary Project knows ${known}`,
  )
}

/** The key spec of an RSA modulus' length in bits, if the Notary Project has one: exactly 2048, 3072 or 4096. */
export function rsaKeySpec(modulusBits: number): KeySpecEntry | undefined {
  return KEY_SPEC_ENTRIES.find(
    (entry) => entry.scheme.name === 'RSA-PSS' && entry.bits === modulusBits,
  )
}

/** The key spec of a NIST curve. */
export function ecKeySpec(curve: NamedCurve): KeySpecEntry | undefined {
  return KEY_SPEC_ENTRIES.find(
    (entry) => entry.scheme.name === 'ECDSA' && entry.scheme.namedCurve === curve,
  )
}

function rsa(
  keySpec: KeySpec,
  bits: number,
  hash: HashName,
  jws: string,
  cose: number,
  referenceNumber: number,
): KeySpecEntry {
  const signingAlgorithm = `RSASSA-PSS-${hash}` as const
  const scheme = { name: 'RSA-PSS', hash, saltBytes: HASH_BYTES[hash] } as const
  return {
    keySpec,
    hash,
    signingAlgorithm,
    jws,
    cose,
    referenceNumber,
    scheme,
    bits,
    signatureBytes: bits / 8,
  }
}

function ec(
  keySpec: KeySpec,
  namedCurve: NamedCurve,
  bits: number,
  hash: HashName,
  jws: string,
  cose: number,
  referenceNumber: number,
): KeySpecEntry {
  const signingAlgorithm = `ECDSA-${hash}` as const
  const scheme = { name: 'ECDSA', hash, namedCurve } as const
  const signatureBytes = 2 * COORDINATE_BYTES[namedCurve]
  return {
    keySpec,
    hash,
    signingAlgorithm,
    jws,
    cose,
    referenceNumber,
    scheme,
    bits,
    signatureBytes,
  }
}
