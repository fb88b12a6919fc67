// What RFC 3161 tokens say: TSTInfo, and the certificate that their signer names. Read, not verified.

import type { HashName } from '../algorithm.ts'
import { constructedTag, DER_TAG, type DerReader, parseDer, primitiveTag } from '../der.ts'
import { readPreciseTime } from '../der-time.ts'
import { hashOf, readAlgorithmIdentifier } from '../x509/signature-algorithm.ts'
import type { IssuerAndSerial } from './cms.ts'

/** id-ct-TSTInfo. */
export const TST_INFO_OID = '1.2.840.113549.1.9.16.1.4'

/** A TSTInfo (RFC 3161 §2.4.2), untrusted. */
export interface TstInfo {
  readonly policy: string
  /** DER MessageImprint. */
  readonly imprint: Uint8Array
  /** Undefined for a hash function other than the three. */
  readonly imprintHash: HashName | undefined
  readonly imprintDigest: Uint8Array
  /** genTime cut to milliseconds, and the nanoseconds (0 to 999,999) that were cut off. */
  readonly at: Date
  readonly nanoseconds: number
  /** Accuracy as given, 0 where absent. */
  readonly accuracyMicroseconds: number
  /** DER INTEGER. */
  readonly nonce: Uint8Array | undefined
}

/** The first ESSCertIDv2 of a SigningCertificateV2 attribute (RFC 5035 §4). */
export interface SigningCertificateId {
  /** Undefined for a hash function other than the three. */
  readonly hash: HashName | undefined
  readonly digest: Uint8Array
  readonly issuerAndSerial: IssuerAndSerial | undefined
}

const TST_INFO = { code: 'timestamp-invalid', object: 'TSTInfo' } as const
const SIGNING_CERTIFICATE = {
  code: 'timestamp-invalid',
  object: 'SigningCertificateV2 attribute',
} as const
/** directoryName in a GeneralName. */
const DIRECTORY_NAME = constructedTag(4)

/**
 * Reads a TSTInfo.
 *
 * @throws {NotationError} `timestamp-invalid`
 */
export function parseTstInfo(bytes: Uint8Array): TstInfo {
  return parseDer(bytes, TST_INFO, (der) => der.inside(DER_TAG.sequence, readTstInfo))
}

/**
 * Reads the value of a SigningCertificateV2 attribute.
 *
 * @throws {NotationError} `timestamp-invalid`
 */
export function parseSigningCertificate(bytes: Uint8Array): SigningCertificateId {
  return parseDer(bytes, SIGNING_CERTIFICATE, (der) =>
    der.inside(DER_TAG.sequence, () => {
      const [first] = der.each(DER_TAG.sequence, readCertificateId)
      if (first === undefined) throw der.malformed('it names no certificate')
      // The policies that may follow say nothing that is used.
      if (!der.isAtEnd) der.readRaw(DER_TAG.sequence)
      return first
    }),
  )
}

function readTstInfo(der: DerReader): TstInfo {
  const version = der.readSmallInteger()
  if (version !== 1)
    throw der.malformed(`timestamp token info version must be 1, but got ${version}`)
  const policy = der.readObjectIdentifier()
  const imprint = der.peekRaw(DER_TAG.sequence)
  const { hash, digest } = der.inside(DER_TAG.sequence, readImprint)
  der.readInteger()
  const { at, nanoseconds } = readPreciseTime(der)
  const accuracyMicroseconds = der.insideOptional(DER_TAG.sequence, readAccuracy) ?? 0
  if (der.isNext(DER_TAG.boolean)) der.readBoolean()
  const nonce = der.isNext(DER_TAG.integer) ? der.peekRaw(DER_TAG.integer) : undefined
  if (nonce !== undefined) der.readInteger()
  if (der.isNext(constructedTag(0))) der.readRaw(constructedTag(0))
  if (der.isNext(constructedTag(1))) der.inside(constructedTag(1), refuseCriticalExtensions)
  return {
    policy,
    imprint,
    imprintHash: hash,
    imprintDigest: digest,
    at,
    nanoseconds,
    accuracyMicroseconds,
    nonce,
  }
}

function readImprint(der: DerReader): { hash: HashName | undefined; digest: Uint8Array } {
  const { oid } = readAlgorithmIdentifier(der)
  return { hash: hashOf(oid), digest: der.readOctetString() }
}

/** Accuracy: seconds, [0] millis and [1] micros of 1 to 999, in microseconds. */
function readAccuracy(der: DerReader): number {
  const seconds = der.isNext(DER_TAG.integer) ? der.readSmallInteger() : 0
  const millis = der.isNext(primitiveTag(0)) ? der.readSmallInteger(primitiveTag(0)) : 0
  const micros = der.isNext(primitiveTag(1)) ? der.readSmallInteger(primitiveTag(1)) : 0
  if (millis > 999 || micros > 999) throw der.malformed('a part of the accuracy is above 999')
  return (seconds * 1000 + millis) * 1000 + micros
}

/** RFC 3161 §2.4.2 knows no extension; one that must be understood is not. */
function refuseCriticalExtensions(der: DerReader): void {
  while (!der.isAtEnd)
    der.inside(DER_TAG.sequence, () => {
      const oid = der.readObjectIdentifier()
      if (der.isNext(DER_TAG.boolean) && der.readBoolean())
        throw der.malformed(`extension ${oid} is critical and unknown`)
      der.readOctetString()
    })
}

function readCertificateId(der: DerReader): SigningCertificateId {
  return der.inside(DER_TAG.sequence, () => {
    // RFC 5035 §4: hashAlgorithm DEFAULT id-sha256.
    const hash = der.isNext(DER_TAG.sequence) ? hashOf(readAlgorithmIdentifier(der).oid) : 'SHA-256'
    const digest = der.readOctetString()
    const issuerAndSerial = der.insideOptional(DER_TAG.sequence, readIssuerSerial)
    return { hash, digest, issuerAndSerial }
  })
}

/** IssuerSerial (RFC 5035 §5): the issuer is one directoryName. */
function readIssuerSerial(der: DerReader): IssuerAndSerial {
  const [issuer] = der.each(DER_TAG.sequence, (names) =>
    names.inside(DIRECTORY_NAME, () => names.readRaw(DER_TAG.sequence)),
  )
  if (issuer === undefined) throw der.malformed('issuer name is missing in IssuerSerial')
  return { issuer, serialNumber: der.readInteger() }
}
