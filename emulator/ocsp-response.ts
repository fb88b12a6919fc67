// Makes OCSP responses (RFC 6960 §4.2): what a responder says of each certificate, signed, and refusals.

import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import * as asn1js from 'asn1js'
import { answerPeriod } from './answer-period.ts'
import {
  type DerValue,
  encode,
  encoded,
  enumerated,
  explicit,
  implicit,
  octets,
  oid,
  sequence,
} from './der.ts'
import type { FaultAnswer } from './faults.ts'
import { generateEcKey, publicKeyInfo } from './key-material.ts'
import { type AskedCertificate, OCSP_NONCE } from './ocsp-request.ts'
import { REVOCATION_REASONS, type RevocationRecord } from './revocation-states.ts'
import {
  encodeName,
  extension,
  generalizedTime,
  invalidityDate,
  type NameAttributes,
  signed,
} from './x509-parts.ts'

/** Refusals, which nobody signs (RFC 6960 §4.2.1, OCSPResponseStatus). */
export const OCSP_REFUSALS = { malformedRequest: 1, internalError: 2, tryLater: 3 } as const
/** A refusal by its name in RFC 6960. */
export type OcspRefusal = keyof typeof OCSP_REFUSALS

/** Who signs responses. */
export interface OcspSigner {
  readonly subject: NameAttributes
  readonly key: KeyObject
  /** DER of the delegate's certificate; undefined where the authority signs itself. */
  readonly certificate: Uint8Array | undefined
}

/** A certificate that is asked about, with what is known of it. */
export interface AskedState extends Pick<AskedCertificate, 'certId'> {
  /** `good` for one that was issued and is not in the book. */
  readonly record: Omit<RevocationRecord, 'serialNumber'> | 'good'
}

/** What a response is made of. */
export interface OcspAnswer {
  readonly states: readonly AskedState[]
  readonly nonce: Uint8Array | undefined
  readonly now: Date
  readonly signer: OcspSigner
  /** Whether the responder is named by its subject instead of by its key. */
  readonly isNamedBySubject: boolean
  readonly fault?: FaultAnswer | undefined
}

const SUCCESSFUL = 0
const NONCE_BYTES = 16
const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1'

/** DER of a refusal. */
export function encodeOcspRefusal(refusal: OcspRefusal): Uint8Array<ArrayBuffer> {
  return encode(sequence(enumerated(OCSP_REFUSALS[refusal])))
}

/** DER of an answer. */
export function encodeOcspAnswer(answer: OcspAnswer): Uint8Array<ArrayBuffer> {
  const { certificate, key } = answer.signer
  const signingKey = answer.fault === 'wrong-signature' ? generateEcKey('P256') : key
  const certificates =
    certificate === undefined ? [] : [explicit(0, sequence(encoded(certificate)))]
  const basic = signed(responseData(answer), signingKey, ...certificates)
  const bytes = sequence(oid(BASIC_RESPONSE), octets(encode(basic)))
  return encode(sequence(enumerated(SUCCESSFUL), explicit(0, bytes)))
}

function responseData(answer: OcspAnswer): DerValue {
  const nonce = answer.fault === 'wrong-nonce' ? randomBytes(NONCE_BYTES) : answer.nonce
  return sequence(
    responderId(answer),
    generalizedTime(answer.now),
    sequence(...answer.states.map((state) => singleResponse(state, answer.now))),
    ...(nonce === undefined
      ? []
      : [explicit(1, sequence(extension(OCSP_NONCE, false, octets(nonce))))]),
  )
}

function responderId({ signer, isNamedBySubject }: OcspAnswer): DerValue {
  if (isNamedBySubject) return explicit(1, encodeName(signer.subject))
  return explicit(2, octets(createHash('sha1').update(publicKeyBits(signer.key)).digest()))
}

/** What RFC 6960 §4.1.1 and §4.2.1 hash of a key: the BIT STRING without tag, length and unused bits. */
export function publicKeyBits(key: KeyObject): Uint8Array {
  const info = encoded(publicKeyInfo(key))
  const bits = info instanceof asn1js.Sequence ? info.valueBlock.value[1] : undefined
  if (bits instanceof asn1js.BitString) return bits.valueBlock.valueHexView
  throw new TypeError('a SubjectPublicKeyInfo has a BIT STRING')
}

function singleResponse({ certId, record }: AskedState, now: Date): DerValue {
  const isExpired = record !== 'good' && record.state === 'expired'
  const { thisUpdate, nextUpdate } = answerPeriod(now, isExpired)
  return sequence(
    certId,
    certStatus(record),
    generalizedTime(thisUpdate),
    explicit(0, generalizedTime(nextUpdate)),
    ...singleExtensions(record),
  )
}

/** CertStatus: `good` and `unknown` are NULL under an implicit tag. */
function certStatus(record: AskedState['record']): DerValue {
  if (record === 'good' || record.state === 'expired') return implicit(0, new Uint8Array())
  if (record.state === 'unknown') return implicit(2, new Uint8Array())
  const { reason, revokedAt } = record
  const named = reason === undefined ? [] : [explicit(0, enumerated(REVOCATION_REASONS[reason]))]
  return explicit(1, generalizedTime(new Date(revokedAt ?? 0)), ...named)
}

/** Extensions of CRL entries may stand here too (RFC 6960 §4.4.5). */
function singleExtensions(record: AskedState['record']): readonly DerValue[] {
  if (record === 'good' || record.invalidityDate === undefined) return []
  return [explicit(1, sequence(invalidityDate(new Date(record.invalidityDate))))]
}
