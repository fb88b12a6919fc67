// Verifies RFC 3161 timestamp tokens over envelope signatures: imprint, signer, path to a trusted
// root, the Notary Project's rules for timestamping chains. Revocation is left out.

import { equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { parseDer } from '../der.ts'
import { readTime } from '../der-time.ts'
import { isNotationError, NotationError } from '../errors.ts'
import type { Certificate } from '../x509/certificate.ts'
import { checkSignature } from '../x509/certificate-signature.ts'
import { verifyTimestampingChain } from '../x509/requirements.ts'
import { type IssuerAndSerial, parseSignedData, type SignedData, type SignerInfo } from './cms.ts'
import { parseSigningCertificate, parseTstInfo, TST_INFO_OID, type TstInfo } from './token.ts'
import { buildTimestampingPath } from './tsa-path.ts'

/** When a signature verifiably existed. */
export interface VerifiedTimestamp {
  /** genTime − accuracy, rounded down to a millisecond. */
  readonly earliest: Date
  /** genTime + accuracy, rounded up to a millisecond. */
  readonly latest: Date
  /** The signer's path, leaf first, the trusted root last; not checked for revocation. */
  readonly chain: readonly Certificate[]
}

const ATTRIBUTE = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

const ATTRIBUTE_SOURCE = { code: 'timestamp-invalid', object: 'signed attribute' } as const
/** Baseline policy of ETSI EN 319 421: an accuracy of one second when the token states none. */
const BASELINE_POLICY_OID = '0.4.0.2023.1.1'
const BASELINE_ACCURACY_MICROSECONDS = 1_000_000

/**
 * Verifies a timestamp token over an envelope's signature.
 *
 * The first signer that verifies decides, as in the reference. Revocation is not checked.
 *
 * @param token - DER TimeStampToken, untrusted
 * @param signature - what must be imprinted: the envelope's signature, ECDSA as fixed-width r‖s
 * @param roots - trusted timestamping roots; none means that nothing is trusted
 * @param at - when the path must be valid; the token's own time unless given
 * @throws {NotationError} `timestamp-invalid`
 * @see trust-store-trust-policy.md §Steps, "Validate Authentic Timestamp"; RFC 3161 §2.4.2
 */
export async function verifyTimestampToken(
  token: Uint8Array,
  signature: Uint8Array,
  roots: readonly Certificate[],
  crypto: Crypto,
  at?: Date,
): Promise<VerifiedTimestamp> {
  try {
    const signed = parseTimestampToken(token)
    const info = parseTstInfo(signed.content)
    await verifyImprint(info, signature, crypto)
    const chain = await verifySigners(signed, { roots, at: at ?? info.at }, crypto)
    await verifyTimestampingChain(chain, crypto)
    return { ...boundsOf(info), chain }
  } catch (cause) {
    if (!isNotationError(cause, 'chain-invalid')) throw cause
    throw new NotationError('timestamp-invalid', cause.message, { cause })
  }
}

/**
 * The SignedData of a timestamp token, unverified.
 *
 * @throws {NotationError} `timestamp-invalid`
 */
export function parseTimestampToken(token: Uint8Array): SignedData {
  const signed = parseSignedData(token)
  if (signed.contentType !== TST_INFO_OID)
    throw invalid(
      `unexpected content type: ${signed.contentType}. Expected to be id-ct-TSTInfo (${TST_INFO_OID})`,
    )
  return signed
}

/**
 * Verifies that a TSTInfo is about a signature; who says so is not looked at.
 *
 * @throws {NotationError} `timestamp-invalid`
 */
export async function verifyImprint(
  info: TstInfo,
  signature: Uint8Array,
  crypto: Crypto,
): Promise<void> {
  if (info.imprintHash === undefined) throw invalid('invalid TSTInfo: unrecognized hash algorithm')
  const digest = await crypto.digest(info.imprintHash, signature)
  if (!equalBytes(digest, info.imprintDigest)) throw invalid('invalid TSTInfo: mismatched message')
}

interface Trust {
  readonly roots: readonly Certificate[]
  readonly at: Date
}

async function verifySigners(
  signed: SignedData,
  trust: Trust,
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  let lastError: NotationError = unverified('signerInfo not found')
  for (const signer of signed.signers) {
    try {
      return await verifySigner(signed, signer, trust, crypto)
    } catch (error) {
      if (!isNotationError(error, 'timestamp-invalid')) throw error
      lastError = error
    }
  }
  throw lastError
}

async function verifySigner(
  signed: SignedData,
  signer: SignerInfo,
  { roots, at }: Trust,
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  const leaf = await verifySigningCertificate(signed, signer, crypto)
  const material = { intermediates: signed.certificates, roots, at }
  const chain = await buildTimestampingPath(leaf, material, crypto)
  const part = {
    algorithm: signer.signatureAlgorithm,
    message: signer.signedBytes,
    signature: signer.signature,
  }
  const refusal = await checkSignature(part, leaf, crypto)
  if (refusal !== undefined) throw unverified(`cms verification failure: ${refusal}`)
  await verifySignedAttributes(signed, signer, crypto)
  verifySigningTime(signer, chain)
  return chain
}

/**
 * The signer's certificate: the one in the token that the signed SigningCertificateV2 attribute
 * names and whose hash it holds (RFC 5035 §3). Version 1 of the attribute, with SHA-1, does not count.
 */
async function verifySigningCertificate(
  signed: SignedData,
  signer: SignerInfo,
  crypto: Crypto,
): Promise<Certificate> {
  const attribute = signer.signedAttributes.get(ATTRIBUTE.signingCertificateV2)
  if (attribute === undefined)
    throw unverified(
      'failed to get SigningCertificateV2 from signed attributes: attribute not found',
    )
  const { hash, digest, issuerAndSerial } = parseSigningCertificate(attribute)
  const wanted = issuerAndSerial ?? signer.sid
  const certificate = signed.certificates.find((candidate) => isNamedBy(candidate, wanted))
  if (certificate === undefined)
    throw unverified('signing certificate not found in the timestamp token')
  if (hash === undefined)
    throw unverified('unsupported certificate hash algorithm in SigningCertificateV2 attribute')
  if (!equalBytes(await crypto.digest(hash, certificate.raw), digest))
    throw unverified('signing certificate hash does not match CertHash in signed attribute')
  return certificate
}

function isNamedBy(certificate: Certificate, { issuer, serialNumber }: IssuerAndSerial): boolean {
  return (
    equalBytes(certificate.issuer.raw, issuer) && equalBytes(certificate.serialNumber, serialNumber)
  )
}

/** Content type and message digest (RFC 5652 §5.4, §11). */
async function verifySignedAttributes(
  signed: SignedData,
  { signedAttributes, digestHash }: SignerInfo,
  crypto: Crypto,
): Promise<void> {
  const contentType = signedAttributes.get(ATTRIBUTE.contentType)
  if (contentType === undefined)
    throw unverified('cms verification failure: invalid content type: attribute not found')
  const found = parseDer(contentType, ATTRIBUTE_SOURCE, (der) => der.readObjectIdentifier())
  if (found !== signed.contentType)
    throw unverified(
      `cms verification failure: mismatch content type: found "${found}" in signer info, and "${signed.contentType}" in signed data`,
    )
  const messageDigest = signedAttributes.get(ATTRIBUTE.messageDigest)
  if (messageDigest === undefined)
    throw unverified('cms verification failure: invalid message digest: attribute not found')
  if (digestHash === undefined)
    throw unverified('cms verification failure: unsupported digest algorithm')
  const expected = parseDer(messageDigest, ATTRIBUTE_SOURCE, (der) => der.readOctetString())
  if (!equalBytes(expected, await crypto.digest(digestHash, signed.content)))
    throw unverified('cms verification failure: mismatch message digest')
}

/** A signing time, where the signer states one, lies within the validity of the whole path. */
function verifySigningTime(signer: SignerInfo, chain: readonly Certificate[]): void {
  const attribute = signer.signedAttributes.get(ATTRIBUTE.signingTime)
  if (attribute === undefined) return
  const at = parseDer(attribute, ATTRIBUTE_SOURCE, readTime)
  if (chain.every(({ notBefore, notAfter }) => at >= notBefore && at <= notAfter)) return
  throw unverified(
    `cms verification failure: signing time, ${at.toISOString()}, is outside certificate's validity period`,
  )
}

function boundsOf(info: TstInfo): { readonly earliest: Date; readonly latest: Date } {
  const accuracy = accuracyMicrosecondsOf(info)
  const at = info.at.getTime()
  // Whole milliseconds apart, so that no precision is lost on microseconds since 1970.
  const fraction = info.nanoseconds / 1000
  return {
    earliest: new Date(at + Math.floor((fraction - accuracy) / 1000)),
    latest: new Date(at + Math.ceil((fraction + accuracy) / 1000)),
  }
}

/** How far the time of a TSTInfo may be off, either way: as it states, or as its policy does. */
export function accuracyMicrosecondsOf({ accuracyMicroseconds, policy }: TstInfo): number {
  const isBaseline = accuracyMicroseconds === 0 && policy === BASELINE_POLICY_OID
  return isBaseline ? BASELINE_ACCURACY_MICROSECONDS : accuracyMicroseconds
}

function unverified(found: string): NotationError {
  return invalid(`failed to verify signed token: ${found}`)
}

function invalid(message: string): NotationError {
  return new NotationError('timestamp-invalid', message)
}
