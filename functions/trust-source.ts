// Reading what is trusted from where it is kept: whatever is wrong with it is said with the place's name.

import type { Crypto } from '../shared/crypto.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import { parseJson } from '../shared/json.ts'
import { parseTrustBundle, type TrustBundle } from '../shared/policy/trust-bundle.ts'

/**
 * Reads a trust bundle.
 *
 * @param place - for messages: "the file that TRUST_BUNDLE names"
 * @param document - JSON
 * @throws {NotationError} `policy-invalid` | `trust-store-invalid`
 */
export function readTrustBundle(
  place: string,
  document: string | Uint8Array,
  crypto: Crypto,
): Promise<TrustBundle> {
  return readTrusted(place, () => parseTrustBundle(parseJson(document), crypto))
}

/**
 * Runs what reads policies and certificates, and names the place in what it throws.
 *
 * @throws {NotationError} its codes; `policy-invalid` for what is not well-formed
 */
export async function readTrusted<T>(place: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    const code = cause.code === 'encoding-invalid' ? 'policy-invalid' : cause.code
    throw new NotationError(code, `Cannot use ${place}: ${cause.message}`, { cause })
  }
}
