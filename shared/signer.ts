// The one seam between signing and whatever holds the key.

import type { KeySpec } from './algorithm.ts'
import type { MaybePromise } from './crypto.ts'

/** A signing key and the certificates that speak for it. */
export interface SigningKey {
  /** As the caller wrote it, byte for byte. */
  readonly keyId: string
  readonly keySpec: KeySpec
  /** DER, leaf first, self-signed root last; checked against the Notary Project's certificate rules. */
  readonly chain: readonly Uint8Array[]
}

/** Signs with keys that it names. */
export interface Signer {
  /** @throws {NotationError} `key-unknown` | `key-unsupported` | `chain-invalid` | a `signer-…` code */
  describeKey(keyId: string): MaybePromise<SigningKey>
  /**
   * Signs a message, hashed here, once, with the key spec's hash.
   *
   * It takes the message, not its digest, because neither WebCrypto nor node:crypto verifies a signature
   * over a given digest: whoever holds the key gets the digest only, and the answer is checked here.
   *
   * @returns RSASSA-PSS with a salt as long as the digest, or ECDSA as fixed-width r‖s; verified against the leaf
   * @throws {NotationError} as describeKey, and `signature-unaccounted` when a signature may have been spent
   */
  signMessage(keyId: string, message: Uint8Array): MaybePromise<Uint8Array>
}
