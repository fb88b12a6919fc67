// OCSP responses (RFC 6960 §4.2): DER to a plain typed value. Reading proves nothing: signature,
// responder and dates are judged in check-ocsp.ts.

import { constructedTag, DER_TAG, type DerReader, parseDer, primitiveTag } from '../der.ts'
import { readGeneralizedTime } from '../der-time.ts'
import { MAX_POOL_CERTIFICATES } from '../limits.ts'
import type { Extension } from '../x509/extensions.ts'
import { readName } from '../x509/name.ts'
import {
  insecureAlgorithmName,
  readAlgorithmIdentifier,
  type SignatureAlgorithm,
  signatureAlgorithmOf,
} from '../x509/signature-algorithm.ts'
import { readExtensionList } from './extension-list.ts'

/** What a responder says of one certificate. */
export interface SingleResponse {
  /** Dotted. */
  readonly hashOid: string
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  readonly extensions: readonly Extension[]
}

/** How a responder names itself (RFC 6960 §4.2.1). */
export type ResponderId =
  /** DER of its certificate's subject. */
  | { readonly kind: 'name'; readonly name: Uint8Array }
  /** SHA-1 of its public key's bits. */
  | { readonly kind: 'key'; readonly hash: Uint8Array }

/** A BasicOCSPResponse as it was read: well-formed, not trusted. Byte strings are views of what was read. */
export interface OcspResponse {
  /** DER of the part that is signed. */
  readonly tbs: Uint8Array
  readonly responderId: ResponderId
  readonly responses: readonly SingleResponse[]
  /** Extensions of the whole. */
  readonly extensions: readonly Extension[]
  readonly signatureAlgorithm: SignatureAlgorithm | undefined
  /** Go's name of a signature algorithm that is known and refused, as `SHA1-RSA`. */
  readonly insecureSignature: string | undefined
  readonly signature: Uint8Array
  /** DER certificates, unread. */
  readonly certificates: readonly Uint8Array[]
}

/** What a server answered: a response, or that it has none. */
export type OcspAnswer =
  /** OCSPResponseStatus other than successful (RFC 6960 §4.2.1). */
  | { readonly kind: 'refusal'; readonly status: number }
  | { readonly kind: 'response'; readonly response: OcspResponse }

const SOURCE = { code: 'encoding-invalid', object: 'OCSP response' } as const
const SUCCESSFUL = 0
/** id-pkix-ocsp-basic, the only kind of response there is. */
const BASIC_RESPONSE_OID = '1.3.6.1.5.5.7.48.1.1'

/**
 * Reads an OCSPResponse.
 *
 * @param bytes - untrusted, at most MAX_OCSP_ANSWER_BYTES by whoever fetched it
 * @throws {NotationError} `encoding-invalid`
 */
export function parseOcspResponse(bytes: Uint8Array): OcspAnswer {
  return parseDer(bytes, SOURCE, (der) => der.inside(DER_TAG.sequence, readAnswer))
}

function readAnswer(der: DerReader): OcspAnswer {
  const status = der.readSmallInteger(DER_TAG.enumerated)
  const basic = der.insideOptional(constructedTag(0), (outer) =>
    outer.inside(DER_TAG.sequence, readResponseBytes),
  )
  if (status !== SUCCESSFUL) return { kind: 'refusal', status }
  if (basic === undefined) throw der.malformed('a successful one has no content')
  return { kind: 'response', response: parseBasicResponse(basic) }
}

function readResponseBytes(der: DerReader): Uint8Array {
  if (der.readObjectIdentifier() !== BASIC_RESPONSE_OID)
    throw der.malformed('bad OCSP response type')
  return der.readOctetString()
}

function parseBasicResponse(bytes: Uint8Array): OcspResponse {
  return parseDer(bytes, SOURCE, (der) => der.inside(DER_TAG.sequence, readBasicResponse))
}

function readBasicResponse(der: DerReader): OcspResponse {
  const tbs = der.peekRaw(DER_TAG.sequence)
  const fields = der.inside(DER_TAG.sequence, readResponseData)
  const identifier = readAlgorithmIdentifier(der)
  const signature = der.readBitStringBytes()
  const certificates =
    der.insideOptional(constructedTag(0), () =>
      der.each(DER_TAG.sequence, () => der.readRaw(DER_TAG.sequence)),
    ) ?? []
  if (certificates.length > MAX_POOL_CERTIFICATES)
    throw der.malformed(
      `it holds ${certificates.length} certificates, wanted at most ${MAX_POOL_CERTIFICATES}`,
    )
  return {
    tbs,
    ...fields,
    signatureAlgorithm: signatureAlgorithmOf(identifier),
    insecureSignature: insecureAlgorithmName(identifier.oid),
    signature,
    certificates,
  }
}

function readResponseData(
  der: DerReader,
): Pick<OcspResponse, 'responderId' | 'responses' | 'extensions'> {
  const version = der.insideOptional(constructedTag(0), () => der.readSmallInteger()) ?? 0
  if (version !== 0) throw der.malformed(`its version is ${version + 1}, wanted 1`)
  const responderId = readResponderId(der)
  readGeneralizedTime(der)
  const responses = der.each(DER_TAG.sequence, () =>
    der.inside(DER_TAG.sequence, readSingleResponse),
  )
  const extensions = der.insideOptional(constructedTag(1), readExtensionList) ?? []
  return { responderId, responses, extensions }
}

function readResponderId(der: DerReader): ResponderId {
  if (der.isNext(constructedTag(1)))
    return { kind: 'name', name: der.inside(constructedTag(1), readName).raw }
  return { kind: 'key', hash: der.inside(constructedTag(2), () => der.readOctetString()) }
}

function readSingleResponse(der: DerReader): SingleResponse {
  const certificateId = der.inside(DER_TAG.sequence, readCertificateId)
  const status = readStatus(der)
  const thisUpdate = readGeneralizedTime(der)
  const nextUpdate = der.insideOptional(constructedTag(0), readGeneralizedTime)
  const extensions = der.insideOptional(constructedTag(1), readExtensionList) ?? []
  return { ...certificateId, status, thisUpdate, nextUpdate, extensions }
}

function readCertificateId(
  der: DerReader,
): Pick<SingleResponse, 'hashOid' | 'issuerNameHash' | 'issuerKeyHash' | 'serialNumber'> {
  return {
    hashOid: readAlgorithmIdentifier(der).oid,
    issuerNameHash: der.readOctetString(),
    issuerKeyHash: der.readOctetString(),
    serialNumber: der.readInteger(),
  }
}

/** CertStatus: `good` and `unknown` are implicit NULLs, `revoked` says when and perhaps why. */
function readStatus(der: DerReader): SingleResponse['status'] {
  if (der.isNext(constructedTag(1))) {
    der.inside(constructedTag(1), readRevokedInfo)
    return 'revoked'
  }
  const isGood = der.isNext(primitiveTag(0))
  const content = der.readContent(isGood ? primitiveTag(0) : primitiveTag(2))
  if (content.length > 0) throw der.malformed('a status has content')
  return isGood ? 'good' : 'unknown'
}

function readRevokedInfo(der: DerReader): void {
  readGeneralizedTime(der)
  der.insideOptional(constructedTag(0), () => der.readSmallInteger(DER_TAG.enumerated))
}
