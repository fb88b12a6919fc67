// RFC 3161 time-stamp responses: the status, and the token of a granted one. What the token says is
// read in token.ts and cms.ts.

import { DER_TAG, type DerReader, parseDer } from '../der.ts'
import { NotationError } from '../errors.ts'

const SOURCE = { code: 'timestamp-invalid', object: 'timestamp response' } as const

/** PKIStatus (RFC 3161 §2.4.2) in the reference implementation's words; the number is the index. */
const STATUS_TEXTS: readonly string[] = [
  'granted',
  'granted with modifications',
  'rejected',
  'the request body part has not yet been processed, expect to hear more later',
  'warning: a revocation is imminent',
  'a revocation has occurred',
]

/** PKIFailureInfo (RFC 3161 §2.4.2) by bit number, likewise. */
const FAILURE_TEXTS: ReadonlyMap<number, string> = new Map([
  [0, 'unrecognized or unsupported Algorithm Identifier'],
  [2, 'transaction not permitted or supported'],
  [5, 'the data submitted has the wrong format'],
  [14, "the TSA's time source is not available"],
  [15, 'the requested TSA policy is not supported by the TSA'],
  [16, 'the requested extension is not supported by the TSA'],
  [17, 'the additional information requested could not be understood or is not available'],
  [25, 'the request cannot be handled due to system failure'],
])

interface Status {
  readonly status: number
  readonly failureInfo: Uint8Array | undefined
}

/**
 * The token of a granted TimeStampResp.
 *
 * @param bytes - DER as the authority answered
 * @returns DER TimeStampToken, untrusted
 * @throws {NotationError} `timestamp-invalid`, with the authority's reasons where it refused
 */
export function parseTimestampResponse(bytes: Uint8Array): Uint8Array {
  const { status, token } = parseDer(bytes, SOURCE, (der) =>
    der.inside(DER_TAG.sequence, readResponse),
  )
  if (status.status > 1) throw refused(status)
  if (token === undefined)
    throw new NotationError(
      'timestamp-invalid',
      'Cannot use timestamp response: it is granted and holds no token',
    )
  return token
}

function readResponse(der: DerReader): { status: Status; token: Uint8Array | undefined } {
  const status = der.inside(DER_TAG.sequence, readStatus)
  return { status, token: der.isAtEnd ? undefined : der.readRaw(DER_TAG.sequence) }
}

/** PKIStatusInfo; its free text is the authority's and not repeated. */
function readStatus(der: DerReader): Status {
  const status = der.readSmallInteger()
  if (der.isNext(DER_TAG.sequence)) der.each(DER_TAG.sequence, () => der.readUtf8String())
  return { status, failureInfo: der.isAtEnd ? undefined : der.readBitString() }
}

function refused({ status, failureInfo }: Status): NotationError {
  const text = STATUS_TEXTS[status] ?? `unknown PKIStatus ${status}`
  const failures = [...FAILURE_TEXTS]
    .filter(([bit]) => ((failureInfo?.[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0)
    .map(([, failure]) => failure)
  const failureText = failures.length === 0 ? '' : `. Failure info: ${failures.join('; ')}`
  return new NotationError(
    'timestamp-invalid',
    `invalid response with status code ${status}: ${text}${failureText}`,
  )
}
