// Why an RSASSA-PSS signature may fail to verify: its salt has another length than the hash, which many
// libraries make and the Notary Project forbids (signature-specification.md §Algorithm Selection).

import { HASH_BYTES, type KeySpecEntry } from '../algorithm.ts'
import type { Crypto } from '../crypto.ts'

/** Defaults of libraries besides the longest that fits: none, SHA-1's length, the other hashes'. */
const COMMON_SALT_BYTES: readonly number[] = [0, 20, ...Object.values(HASH_BYTES)]

/** A signature that did not verify. */
interface FailedSignature {
  readonly spki: Uint8Array
  readonly signature: Uint8Array
  readonly signingInput: Uint8Array
}

/**
 * The salt's length with which the signature would verify, among those that libraries make.
 *
 * Never a reason to accept it: only for the message. At most six further checks.
 */
export async function findSaltBytes(
  { scheme, signatureBytes }: KeySpecEntry,
  { spki, signature, signingInput }: FailedSignature,
  crypto: Crypto,
): Promise<number | undefined> {
  if (scheme.name !== 'RSA-PSS') return undefined
  // RFC 8017 §9.1.1 step 3: emLen − hLen − 2.
  const longest = signatureBytes - HASH_BYTES[scheme.hash] - 2
  for (const saltBytes of [...COMMON_SALT_BYTES, longest]) {
    if (saltBytes === scheme.saltBytes) continue
    if (await crypto.verify({ ...scheme, saltBytes }, spki, signature, signingInput))
      return saltBytes
  }
  return undefined
}
