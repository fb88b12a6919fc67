// RFC 3161 time-stamp requests, as notation makes them: version 1, explicit NULL parameters, a
// nonce, certReq TRUE; no policy and no extensions.

import type { HashName } from '../algorithm.ts'
import type { Crypto } from '../crypto.ts'
import {
  encodeBoolean,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeUnsignedInteger,
} from '../der-encode.ts'
import { HASH_OIDS } from '../x509/signature-algorithm.ts'

/** Bytes of a nonce. Its top bit is cleared: positive and below 2¹⁵⁹, as notation's is. */
const NONCE_BYTES = 20

/** What is asked of a timestamp authority, and what its answer must repeat. */
export interface TimestampRequest {
  /** DER MessageImprint. */
  readonly imprint: Uint8Array
  /** DER INTEGER. */
  readonly nonce: Uint8Array
  /** DER TimeStampReq. */
  readonly bytes: Uint8Array
}

/**
 * A request to timestamp a signature.
 *
 * @param signature - the envelope's signature; ECDSA as fixed-width r‖s
 * @see RFC 3161 §2.4.1
 */
export async function createTimestampRequest(
  hash: HashName,
  signature: Uint8Array,
  crypto: Crypto,
): Promise<TimestampRequest> {
  const imprint = encodeSequence(
    encodeSequence(encodeObjectIdentifier(HASH_OIDS[hash]), encodeNull()),
    encodeOctetString(await crypto.digest(hash, signature)),
  )
  const random = Uint8Array.from(crypto.randomBytes(NONCE_BYTES))
  random[0] = (random[0] ?? 0) & 0x7f
  const nonce = encodeUnsignedInteger(random)
  const version = encodeUnsignedInteger(1)
  return { imprint, nonce, bytes: encodeSequence(version, imprint, nonce, encodeBoolean(true)) }
}
