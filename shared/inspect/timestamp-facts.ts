// What a timestamp token says, once it is found to be about the signature. Who signed the token is not
// looked at: anybody can make one that reads like this.

import type { Crypto } from '../crypto.ts'
import { isNotationError } from '../errors.ts'
import { parseTstInfo } from '../timestamp/token.ts'
import {
  accuracyMicrosecondsOf,
  parseTimestampToken,
  verifyImprint,
} from '../timestamp/verify-token.ts'
import { type CertificateFacts, readCertificateFacts } from './certificate-facts.ts'
import { type WrittenTime, writeTime } from './written-time.ts'

/** A token's time and certificates, or why it has none that is about the signature. */
export type TimestampFacts =
  | {
      /** genTime − accuracy and genTime + accuracy. */
      readonly earliest: WrittenTime
      readonly latest: WrittenTime
      /** In the order of the token. */
      readonly certificates: readonly CertificateFacts[]
    }
  | { readonly problem: string }

/**
 * Reads the facts of a token.
 *
 * @param token - of any bytes
 * @param signature - that the token has to be about
 */
export async function readTimestampFacts(
  token: Uint8Array,
  signature: Uint8Array,
  crypto: Crypto,
): Promise<TimestampFacts> {
  try {
    const { content, certificates } = parseTimestampToken(token)
    const info = parseTstInfo(content)
    await verifyImprint(info, signature, crypto)
    const fraction = BigInt(info.nanoseconds)
    const accuracy = BigInt(accuracyMicrosecondsOf(info)) * 1000n
    return {
      earliest: writeTime(info.at, fraction - accuracy),
      latest: writeTime(info.at, fraction + accuracy),
      certificates: await readCertificateFacts(certificates, crypto),
    }
  } catch (error) {
    if (!isNotationError(error, 'timestamp-invalid')) throw error
    return { problem: `failed to parse timestamp countersignature: ${error.message}` }
  }
}
