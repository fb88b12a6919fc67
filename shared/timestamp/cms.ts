// CMS SignedData (RFC 5652) as far as timestamp tokens use it: version 3, signers of version 1,
// signed attributes. Read here, verified in verify-token.ts; BER, CRLs and unsigned attributes are
// not looked into.

import type { HashName } from '../algorithm.ts'
import { constructedTag, DER_TAG, type DerReader, parseDer } from '../der.ts'
import { encodeSet } from '../der-encode.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { MAX_POOL_CERTIFICATES } from '../limits.ts'
import { type Certificate, parseCertificate } from '../x509/certificate.ts'
import {
  type AlgorithmIdentifier,
  hashOf,
  RSA_ENCRYPTION_OID,
  readAlgorithmIdentifier,
  type SignatureAlgorithm,
  signatureAlgorithmOf,
} from '../x509/signature-algorithm.ts'

/** Names a certificate by who issued it, under which number. */
export interface IssuerAndSerial {
  /** DER of the issuer's name. */
  readonly issuer: Uint8Array
  /** Content octets of the INTEGER. */
  readonly serialNumber: Uint8Array
}

/** A SignerInfo (RFC 5652 §5.3), unverified. */
export interface SignerInfo {
  readonly version: number
  readonly sid: IssuerAndSerial
  /** Undefined for a hash function other than SHA-256, SHA-384 and SHA-512. */
  readonly digestHash: HashName | undefined
  readonly signatureAlgorithm: SignatureAlgorithm | undefined
  readonly signature: Uint8Array
  /** Values of the signed attributes by dotted type: the only one of each, as DER. */
  readonly signedAttributes: ReadonlyMap<string, Uint8Array>
  /** The bytes that are signed: the attributes as a SET (RFC 5652 §5.4). */
  readonly signedBytes: Uint8Array
}

/** A SignedData (RFC 5652 §5.1), unverified. */
export interface SignedData {
  readonly contentType: string
  readonly content: Uint8Array
  readonly certificates: readonly Certificate[]
  readonly signers: readonly SignerInfo[]
}

const SOURCE = { code: 'timestamp-invalid', object: 'timestamp token' } as const
const SIGNED_DATA_OID = '1.2.840.113549.1.7.2'
/** A curve that the reference can read, though no rule lets a certificate with it sign. */
const P224_OID = '1.3.132.0.33'
/** RFC 5652 §5.1: 3 when the content is of a type other than id-data, as TSTInfo is. */
const SIGNED_DATA_VERSION = 3

/**
 * Reads a ContentInfo that holds SignedData.
 *
 * @throws {NotationError} `timestamp-invalid`
 */
export function parseSignedData(bytes: Uint8Array): SignedData {
  return parseDer(bytes, SOURCE, (der) => der.inside(DER_TAG.sequence, readContentInfo))
}

function readContentInfo(der: DerReader): SignedData {
  const contentType = der.readObjectIdentifier()
  if (contentType !== SIGNED_DATA_OID) throw der.malformed('its content type is not signed-data')
  return der.inside(constructedTag(0), () => der.inside(DER_TAG.sequence, readSignedData))
}

function readSignedData(der: DerReader): SignedData {
  const version = der.readSmallInteger()
  if (version !== SIGNED_DATA_VERSION)
    throw der.malformed(
      `unsupported signed data version: got ${version}, want ${SIGNED_DATA_VERSION}`,
    )
  der.each(DER_TAG.set, readAlgorithmIdentifier)
  const { contentType, content } = der.inside(DER_TAG.sequence, readEncapsulatedContent)
  const certificates = der.isNext(constructedTag(0))
    ? der.each(constructedTag(0), () => der.readRaw(DER_TAG.sequence))
    : []
  if (certificates.length > MAX_POOL_CERTIFICATES)
    throw der.malformed(
      `it holds ${certificates.length} certificates, wanted at most ${MAX_POOL_CERTIFICATES}`,
    )
  if (der.isNext(constructedTag(1))) der.readRaw(constructedTag(1))
  const signers = der.each(DER_TAG.set, () => der.inside(DER_TAG.sequence, readSignerInfo))
  return { contentType, content, certificates: certificates.map(parseTokenCertificate), signers }
}

/** Certificates that the signer's path does not need are read too, as the reference does. */
function parseTokenCertificate(bytes: Uint8Array): Certificate {
  try {
    return requireKnownCurve(parseCertificate(bytes))
  } catch (cause) {
    if (!isNotationError(cause, 'certificate-malformed')) throw cause
    throw new NotationError(SOURCE.code, `Cannot read ${SOURCE.object}: ${cause.message}`, {
      cause,
    })
  }
}

function requireKnownCurve(certificate: Certificate): Certificate {
  const { publicKey } = certificate
  const isUnknown = publicKey.kind === 'EC' && publicKey.curve === undefined
  if (!isUnknown || publicKey.oid === P224_OID) return certificate
  throw new NotationError(
    'certificate-malformed',
    `Cannot read certificate: its key is on an unknown curve, ${publicKey.oid}`,
  )
}

function readEncapsulatedContent(der: DerReader): { contentType: string; content: Uint8Array } {
  const contentType = der.readObjectIdentifier()
  return { contentType, content: der.inside(constructedTag(0), () => der.readOctetString()) }
}

function readSignerInfo(der: DerReader): SignerInfo {
  const version = der.readSmallInteger()
  if (version !== 1)
    throw der.malformed(`invalid signer info version: only version 1 is supported; got ${version}`)
  const sid = readIssuerAndSerial(der)
  const digest = readAlgorithmIdentifier(der)
  if (!der.isNext(constructedTag(0))) throw der.malformed('missing signed attributes')
  const attributes = der.each(constructedTag(0), readAttribute)
  const signedAttributes = singleValues(der, attributes)
  const algorithm = readAlgorithmIdentifier(der)
  const signature = der.readOctetString()
  if (der.isNext(constructedTag(1))) der.readRaw(constructedTag(1))
  const digestHash = hashOf(digest.oid)
  return {
    version,
    sid,
    digestHash,
    signatureAlgorithm: signatureAlgorithmWith(algorithm, digestHash),
    signature,
    signedAttributes,
    // RFC 5652 §5.4: the DER of a SET OF is signed, which has an order, also where the token has another.
    signedBytes: encodeSet(...attributes.map(({ raw }) => raw)),
  }
}

/** IssuerAndSerialNumber (RFC 5652 §10.2.4). */
function readIssuerAndSerial(der: DerReader): IssuerAndSerial {
  return der.inside(DER_TAG.sequence, () => ({
    issuer: der.readRaw(DER_TAG.sequence),
    serialNumber: der.readInteger(),
  }))
}

interface Attribute {
  readonly raw: Uint8Array
  /** Dotted. */
  readonly type: string
  readonly values: readonly Uint8Array[]
}

/** Attribute (RFC 5652 §5.3). */
function readAttribute(der: DerReader): Attribute {
  const raw = der.peekRaw(DER_TAG.sequence)
  return der.inside(DER_TAG.sequence, () => {
    const type = der.readObjectIdentifier()
    const values = der.each(DER_TAG.set, () => der.readRaw(der.peekTag()))
    return { raw, type, values }
  })
}

/** Each attribute once, with one value (RFC 5652 §11 says so of all that are used here). */
function singleValues(
  der: DerReader,
  attributes: readonly Attribute[],
): ReadonlyMap<string, Uint8Array> {
  const single = new Map<string, Uint8Array>()
  for (const { type, values } of attributes) {
    const [value] = values
    if (value === undefined || values.length > 1 || single.has(type))
      throw der.malformed(`signed attribute ${type} does not have exactly one value`)
    single.set(type, value)
  }
  return single
}

/** CMS may name a bare rsaEncryption and leave the hash to digestAlgorithm (RFC 3370 §3.2). */
function signatureAlgorithmWith(
  identifier: AlgorithmIdentifier,
  digestHash: HashName | undefined,
): SignatureAlgorithm | undefined {
  if (identifier.oid !== RSA_ENCRYPTION_OID) return signatureAlgorithmOf(identifier)
  return digestHash === undefined ? undefined : { name: 'RSASSA-PKCS1-v1_5', hash: digestHash }
}
