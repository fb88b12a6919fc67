// RSA signatures over a digest that is given (RFC 8017 §8.1, §8.2), because node:crypto always hashes
// again: the encodings are made here, OpenSSL does the private-key operation.

import { constants, createHash, type KeyObject, privateEncrypt, randomBytes } from 'node:crypto'
import { concatBytes } from '../shared/bytes.ts'
import { HASHES, type HashName } from './hashes.ts'

/** The digest does not fit into a signature of this key: RFC 8017 calls it an encoding error. */
export class KeyTooShortError extends Error {
  override readonly name = 'KeyTooShortError'
}

/** RSASSA-PKCS1-v1_5. */
export function signPkcs1Digest(key: KeyObject, hash: HashName, digest: Uint8Array): Uint8Array {
  const digestInfo = concatBytes(HASHES[hash].digestInfoPrefix, digest)
  // 11 bytes of padding at least (RFC 8017 §9.2 step 3).
  if (modulusBits(key) / 8 < digestInfo.length + 11) throw new KeyTooShortError()
  return privateOperation(key, constants.RSA_PKCS1_PADDING, digestInfo)
}

/**
 * RSASSA-PSS with MGF1 of the same hash.
 *
 * @param saltBytes - as long as the digest for Notary Project signatures; others only to misbehave
 */
export function signPssDigest(
  key: KeyObject,
  hash: HashName,
  digest: Uint8Array,
  saltBytes: number,
): Uint8Array {
  const encoded = encodePss(hash, digest, randomBytes(saltBytes), modulusBits(key) - 1)
  return privateOperation(key, constants.RSA_NO_PADDING, encoded)
}

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1) from step 3 on: step 2, hashing the message, was done by the client. */
function encodePss(
  hash: HashName,
  digest: Uint8Array,
  salt: Uint8Array,
  encodedBits: number,
): Uint8Array {
  const encodedBytes = Math.ceil(encodedBits / 8)
  if (encodedBytes < digest.length + salt.length + 2) throw new KeyTooShortError()
  const inner = createHash(HASHES[hash].opensslName)
    .update(new Uint8Array(8))
    .update(digest)
    .update(salt)
    .digest()
  const block = new Uint8Array(encodedBytes - inner.length - 1)
  block.set(salt, block.length - salt.length)
  block[block.length - salt.length - 1] = 0x01
  const mask = maskOf(hash, inner, block.length)
  const masked = block.map((byte, index) => byte ^ (mask[index] ?? 0))
  // Step 11: bits beyond the modulus' length are cleared.
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * encodedBytes - encodedBits))
  return concatBytes(masked, inner, Uint8Array.of(0xbc))
}

/** MGF1 (RFC 8017 §B.2.1). */
function maskOf(hash: HashName, seed: Uint8Array, length: number): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let counter = 0; counter * HASHES[hash].bytes < length; counter++) {
    const suffix = Buffer.alloc(4)
    suffix.writeUInt32BE(counter)
    blocks.push(createHash(HASHES[hash].opensslName).update(seed).update(suffix).digest())
  }
  return concatBytes(...blocks).subarray(0, length)
}

function privateOperation(key: KeyObject, padding: number, block: Uint8Array): Uint8Array {
  return new Uint8Array(privateEncrypt({ key, padding }, block))
}

function modulusBits(key: KeyObject): number {
  return key.asymmetricKeyDetails?.modulusLength ?? 0
}
