// The one use of SHA-1: the names that OCSP gives to issuers and responders (RFC 6960 §4.1.1, §4.2.1).
// It stands apart from the Crypto seam so that nothing else can come to depend on it.

import type { MaybePromise } from '../crypto.ts'

/**
 * SHA-1 of bytes, 20 bytes long.
 *
 * Harmless here: the hash names a key and a distinguished name that both sides already hold, and what
 * is believed is the signature over the answer, with SHA-2. Whoever finds a second issuer of the same
 * name hash still cannot sign for the first. DigiCert's and other responders know no other hash.
 */
export type Sha1 = (bytes: Uint8Array) => MaybePromise<Uint8Array>

/** Sha1 over globalThis.crypto. */
export async function webSha1(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-1', Uint8Array.from(bytes)))
}
