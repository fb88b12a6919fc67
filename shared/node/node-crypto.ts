// Crypto over node:crypto: the same answers as WebCrypto's, without a hop through the thread pool.

import type { KeyObject } from 'node:crypto'
import type { HashName, NamedCurve, SignatureScheme } from '../algorithm.ts'
import { COORDINATE_BYTES } from '../algorithm.ts'
import { equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'

const HASH_NAMES = {
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
} as const satisfies Record<HashName, string>

const CURVE_NAMES = {
  'P-256': 'prime256v1',
  'P-384': 'secp384r1',
  'P-521': 'secp521r1',
} as const satisfies Record<NamedCurve, string>

/** A signature check that was made. */
interface Check {
  readonly scheme: SignatureScheme
  readonly spki: Uint8Array
  readonly signature: Uint8Array
}

/**
 * The last check of each message, by the identity of its bytes, which nobody changes: a chain is ordered and then
 * verified, and each of its signatures would be checked twice or three times. What an envelope signs is put together
 * anew at each reading, so that its signature is never found here.
 */
const lastChecks = new WeakMap<Uint8Array, Check & { readonly isGenuine: boolean }>()

/** Keys that were read, for as long as somebody holds the bytes, which nobody changes: a cached chain does. */
const publicKeys = new WeakMap<Uint8Array, KeyObject>()

/** Digests, signature checks and random bytes, all at once. */
export const nodeCrypto: Crypto = {
  digest(hash, bytes) {
    return builtin().createHash(HASH_NAMES[hash]).update(bytes).digest()
  },
  verify(scheme, spki, signature, message) {
    const check = { scheme, spki, signature }
    const last = lastChecks.get(message)
    if (last !== undefined && isSameCheck(last, check)) return last.isGenuine
    const isGenuine = verifyOrFalse(scheme, spki, signature, message)
    lastChecks.set(message, { ...check, isGenuine })
    return isGenuine
  },
  randomBytes(length) {
    return builtin().randomBytes(length)
  },
}

function isSameCheck(a: Check, b: Check): boolean {
  return (
    a.spki === b.spki &&
    equalBytes(a.signature, b.signature) &&
    JSON.stringify(a.scheme) === JSON.stringify(b.scheme)
  )
}

function verifyOrFalse(
  scheme: SignatureScheme,
  spki: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): boolean {
  try {
    return verifySync(scheme, spki, signature, message)
  } catch {
    return false
  }
}

function builtin(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

function verifySync(
  scheme: SignatureScheme,
  spki: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): boolean {
  const { constants, verify } = builtin()
  const key = publicKeyOf(spki)
  if (!fits(key, scheme)) return false
  if (scheme.name === 'Ed25519') return verify(null, message, key, signature)
  const hash = HASH_NAMES[scheme.hash]
  if (scheme.name !== 'ECDSA' && signature.length !== modulusBytes(key)) return false
  if (scheme.name === 'RSASSA-PKCS1-v1_5') return verify(hash, message, key, signature)
  if (scheme.name === 'ECDSA') {
    // OpenSSL takes r‖s of any even length.
    const isFixedWidth = signature.length === 2 * COORDINATE_BYTES[scheme.namedCurve]
    return isFixedWidth && verify(hash, message, { key, dsaEncoding: 'ieee-p1363' }, signature)
  }
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verify(hash, message, { key, padding, saltLength: scheme.saltBytes }, signature)
}

function publicKeyOf(spki: Uint8Array): KeyObject {
  const known = publicKeys.get(spki)
  if (known !== undefined) return known
  const key = builtin().createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  publicKeys.set(spki, key)
  return key
}

function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
}

function fits(key: KeyObject, scheme: SignatureScheme): boolean {
  if (scheme.name === 'Ed25519') return key.asymmetricKeyType === 'ed25519'
  if (scheme.name !== 'ECDSA') return key.asymmetricKeyType === 'rsa'
  return (
    key.asymmetricKeyType === 'ec' &&
    key.asymmetricKeyDetails?.namedCurve === CURVE_NAMES[scheme.namedCurve]
  )
}
