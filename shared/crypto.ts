// The cryptographic operations that shared/ needs, as a value that the entries pass in: WebCrypto
// everywhere (web-crypto.ts), node:crypto where it is faster.

import type { HashName, SignatureScheme } from './algorithm.ts'

/** A value, or a promise of it: node:crypto answers at once, WebCrypto later. */
export type MaybePromise<T> = T | Promise<T>

/** Digests, signature checks and random bytes. */
export interface Crypto {
  digest(hash: HashName, bytes: Uint8Array): MaybePromise<Uint8Array>
  /**
   * Whether `signature` over `message` (hashed here, once) was made with the private key of `spki`.
   *
   * A key that does not fit the scheme, or that is malformed, is a plain `false`. So is an RSA signature that is
   * not as long as the modulus (RFC 8017 §8.1.2 step 1): OpenSSL, behind node:crypto and Node's WebCrypto alike,
   * takes one whose leading zeros are left out, which Go and BoringSSL refuse.
   *
   * @param spki - DER SubjectPublicKeyInfo
   * @param signature - ECDSA: fixed width r‖s
   */
  verify(
    scheme: SignatureScheme,
    spki: Uint8Array,
    signature: Uint8Array,
    message: Uint8Array,
  ): MaybePromise<boolean>
  randomBytes(length: number): Uint8Array
}
