// Reads RFC 3161 requests and says which PKIFailureInfo a bad one earns.

import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { HASH_NAMES, HASHES } from './hashes.ts'

/** The emulator's only timestamping policy, below the enterprise number for examples (RFC 5612). */
export const TIMESTAMP_POLICY = '1.3.6.1.4.1.32473.1.1'

/** A request that can be granted. */
export interface TimestampRequest {
  /** As the client encoded it: what comes back must be equal, parameters included. */
  readonly messageImprint: pkijs.MessageImprint
  readonly nonce: asn1js.Integer | undefined
  readonly wantsCertificates: boolean
}

/** Bits of PKIFailureInfo (RFC 3161 §2.4.2) that the emulator sets. */
export const FAILURE_BITS = {
  badAlg: 0,
  badRequest: 2,
  badDataFormat: 5,
  timeNotAvailable: 14,
  unacceptedPolicy: 15,
  unacceptedExtension: 16,
} as const
/** A failure by its name in RFC 3161. */
export type TimestampFailure = keyof typeof FAILURE_BITS

/** Why a request is not granted. */
export interface TimestampRejection {
  readonly failure: TimestampFailure
  readonly text: string
}

/** The request, or why it is rejected. */
export function parseTimestampRequest(
  bytes: Uint8Array<ArrayBuffer>,
): { request: TimestampRequest } | { rejection: TimestampRejection } {
  const parsed = parseRequest(bytes)
  if (parsed === undefined) return reject('badDataFormat', 'the query is no DER TimeStampReq')
  if (parsed.version !== 1) return reject('badRequest', 'the version is not 1')
  const { hashAlgorithm, hashedMessage } = parsed.messageImprint
  const hash = HASH_NAMES.find((name) => HASHES[name].oid === hashAlgorithm.algorithmId)
  if (hash === undefined) return reject('badAlg', 'the imprint is not SHA-256, SHA-384 or SHA-512')
  if (hashedMessage.valueBlock.valueHexView.length !== HASHES[hash].bytes)
    return reject('badDataFormat', `the imprint is not as long as a ${hash} digest`)
  if (parsed.reqPolicy !== undefined && parsed.reqPolicy !== TIMESTAMP_POLICY)
    return reject('unacceptedPolicy', `the policy is not ${TIMESTAMP_POLICY}`)
  if (parsed.extensions !== undefined && parsed.extensions.length > 0)
    return reject('unacceptedExtension', 'the query has extensions')
  const { messageImprint, nonce, certReq } = parsed
  return { request: { messageImprint, nonce, wantsCertificates: certReq === true } }
}

function parseRequest(bytes: Uint8Array<ArrayBuffer>): pkijs.TimeStampReq | undefined {
  // fromBER throws for some contents, such as times, and lets trailing bytes be.
  try {
    const { offset, result } = asn1js.fromBER(bytes)
    if (offset !== bytes.length) return undefined
    return new pkijs.TimeStampReq({ schema: result })
  } catch {
    return undefined
  }
}

function reject(failure: TimestampFailure, text: string): { rejection: TimestampRejection } {
  return { rejection: { failure, text } }
}
