// Makes certificate revocation lists (RFC 5280 §5): base CRLs, and delta CRLs that complete them.

import { answerPeriod } from './answer-period.ts'
import type { Issuer } from './certificate.ts'
import { type DerValue, encode, enumerated, explicit, integer, sequence, unsigned } from './der.ts'
import type { FaultAnswer } from './faults.ts'
import { generateEcKey } from './key-material.ts'
import { REVOCATION_REASONS, type RevocationRecord } from './revocation-states.ts'
import {
  authorityKeyId,
  distributionPoints,
  type Extension,
  encodeName,
  encodeTime,
  extension,
  invalidityDate,
  signatureAlgorithm,
  signed,
} from './x509-parts.ts'

/** What a list is made of. */
export interface CrlTemplate {
  readonly issuer: Issuer
  readonly revoked: readonly RevocationRecord[]
  readonly now: Date
  /** Whether its nextUpdate is past. */
  readonly isExpired: boolean
  readonly fault?: FaultAnswer | undefined
}

/** Versions count from 0. */
const VERSION_2 = 1
const CRL_NUMBER = '2.5.29.20'
const REASON_CODE = '2.5.29.21'
const DELTA_CRL_INDICATOR = '2.5.29.27'
const FRESHEST_CRL = '2.5.29.46'
/** Delta CRLs complete every base there was: they list all that was revoked since the empty list 0. */
const FIRST_CRL_NUMBER = 0

/** DER of a base CRL. @param deltaUrl - named where there is a delta CRL */
export function encodeBaseCrl(template: CrlTemplate, deltaUrl: string | undefined): Uint8Array {
  const number = extension(CRL_NUMBER, false, crlNumber(template.now, 0))
  const delta = deltaUrl === undefined ? [] : [distributionPoints(FRESHEST_CRL, deltaUrl)]
  return encodeCrl(template, [number, ...delta])
}

/** DER of a delta CRL: newer than every base CRL that was made up to now. */
export function encodeDeltaCrl(template: CrlTemplate): Uint8Array {
  return encodeCrl(template, [
    extension(CRL_NUMBER, false, crlNumber(template.now, 1)),
    extension(DELTA_CRL_INDICATOR, true, integer(FIRST_CRL_NUMBER)),
  ])
}

function encodeCrl(
  { issuer, revoked, now, isExpired, fault }: CrlTemplate,
  extensions: readonly Extension[],
): Uint8Array {
  const { thisUpdate, nextUpdate } = answerPeriod(now, isExpired)
  const toBeSigned = sequence(
    integer(VERSION_2),
    signatureAlgorithm(),
    encodeName(issuer.subject),
    encodeTime(thisUpdate),
    encodeTime(nextUpdate),
    // Absent, not empty (RFC 5280 §5.1.2.6).
    ...(revoked.length === 0 ? [] : [sequence(...revoked.map(encodeEntry))]),
    explicit(0, sequence(authorityKeyId(issuer.key), ...extensions)),
  )
  const key = fault === 'wrong-signature' ? generateEcKey('P256') : issuer.key
  return encode(signed(toBeSigned, key))
}

function encodeEntry({
  serialNumber,
  reason,
  revokedAt,
  invalidityDate: invalidAt,
}: RevocationRecord): DerValue {
  const extensions = [
    // `unspecified` is said by saying nothing (RFC 5280 §5.3.1).
    ...(reason === undefined || reason === 'unspecified'
      ? []
      : [extension(REASON_CODE, false, enumerated(REVOCATION_REASONS[reason]))]),
    ...(invalidAt === undefined ? [] : [invalidityDate(new Date(invalidAt))]),
  ]
  return sequence(
    unsigned(Buffer.from(serialNumber, 'hex')),
    encodeTime(new Date(revokedAt ?? 0)),
    ...(extensions.length === 0 ? [] : [sequence(...extensions)]),
  )
}

/** Grows with the clock, over restarts too; a delta's is the odd one behind its base's (RFC 5280 §5.2.3). */
function crlNumber(now: Date, step: 0 | 1): DerValue {
  const digits = (now.getTime() * 2 + step).toString(16)
  return unsigned(Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex'))
}
