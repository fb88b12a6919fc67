// X.509 certificates (RFC 5280 §4.1): DER to a plain typed value. Reading proves nothing: signatures
// are checked in certificate-signature.ts, the Notary Project's rules in requirements.ts.

import { equalBytes } from '../bytes.ts'
import { constructedTag, DER_TAG, type DerReader, parseDer, primitiveTag } from '../der.ts'
import { readTime } from '../der-time.ts'
import { NotationError } from '../errors.ts'
import { MAX_CERTIFICATE_BYTES } from '../limits.ts'
import { type Extension, NO_EXTENSIONS, type ReadExtensions, readExtensions } from './extensions.ts'
import { type Name, readName } from './name.ts'
import { type PublicKey, readPublicKey } from './public-key.ts'
import {
  insecureAlgorithmName,
  readAlgorithmIdentifier,
  type SignatureAlgorithm,
  signatureAlgorithmOf,
} from './signature-algorithm.ts'

/** A certificate as it was read: well-formed, not trusted. Byte strings are views of `raw`. */
export interface Certificate extends ReadExtensions {
  /** DER of the whole. */
  readonly raw: Uint8Array
  /** DER of the part that is signed. */
  readonly tbs: Uint8Array
  readonly version: 1 | 2 | 3
  /** Content octets of an INTEGER that is zero or more: big-endian, 00 in front where the top bit is set. */
  readonly serialNumber: Uint8Array
  /** Undefined when it is unknown or refused, as SHA-1 is: `insecureSignature` tells. */
  readonly signatureAlgorithm: SignatureAlgorithm | undefined
  /** Go's name of a signature algorithm that is known and refused, as `SHA1-RSA`. */
  readonly insecureSignature: string | undefined
  /** As the certificate has it: ECDSA in DER. */
  readonly signature: Uint8Array
  readonly issuer: Name
  readonly subject: Name
  readonly notBefore: Date
  /** The last moment of validity, included. */
  readonly notAfter: Date
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly publicKey: PublicKey
  /** Every extension, in the order of the certificate. */
  readonly extensions: readonly Extension[]
}

const SOURCE = { code: 'certificate-malformed', object: 'certificate' } as const

/**
 * Reads one certificate.
 *
 * @param der - untrusted, at most MAX_CERTIFICATE_BYTES; the result holds views of it
 * @throws {NotationError} `certificate-malformed`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES)
    throw new NotationError(
      SOURCE.code,
      `Cannot read certificate: it takes ${der.length} bytes, wanted at most ${MAX_CERTIFICATE_BYTES}`,
    )
  return parseDer(der, SOURCE, (reader) => ({ raw: der, ...readCertificate(reader) }))
}

/** True when both are the same certificate, byte for byte. */
export function isSameCertificate(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.raw, b.raw)
}

/** True when the certificate says that it was issued under its own name. */
export function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.issuer.raw, certificate.subject.raw)
}

/** True when the certificate names a server that knows whether it was revoked (OCSP or CRL). */
export function namesRevocationServer(certificate: Certificate): boolean {
  return (
    certificate.ocspUrls.length > 0 ||
    certificate.crlUrls.length > 0 ||
    certificate.hasOtherCrlSource
  )
}

function readCertificate(der: DerReader): Omit<Certificate, 'raw'> {
  return der.inside(DER_TAG.sequence, readCertificateParts)
}

function readCertificateParts(der: DerReader): Omit<Certificate, 'raw'> {
  const tbs = der.peekRaw(DER_TAG.sequence)
  const fields = der.inside(DER_TAG.sequence, readTbsParts)
  const outerAlgorithm = der.peekRaw(DER_TAG.sequence)
  // RFC 5280 §4.1.1.2: what is signed must say how, or the outer field could be exchanged.
  if (!equalBytes(outerAlgorithm, fields.algorithmRaw))
    throw der.malformed('its inner and outer signature algorithms differ')
  const identifier = readAlgorithmIdentifier(der)
  const { algorithmRaw: _, ...rest } = fields
  return {
    tbs,
    ...rest,
    signatureAlgorithm: signatureAlgorithmOf(identifier),
    insecureSignature: insecureAlgorithmName(identifier.oid),
    signature: der.readBitStringBytes(),
  }
}

type TbsFields = Omit<
  Certificate,
  'raw' | 'tbs' | 'signatureAlgorithm' | 'insecureSignature' | 'signature'
> & { readonly algorithmRaw: Uint8Array }

function readTbsParts(der: DerReader): TbsFields {
  const version = readVersion(der)
  const serialNumber = der.readUnsignedInteger()
  const algorithmRaw = der.readRaw(DER_TAG.sequence)
  const issuer = readName(der)
  const [notBefore, notAfter] = der.inside(DER_TAG.sequence, readValidity)
  const subject = readName(der)
  const spki = der.peekRaw(DER_TAG.sequence)
  const publicKey = readPublicKey(der)
  if (version >= 2) skipUniqueIds(der)
  const extensions =
    version === 3 ? der.insideOptional(constructedTag(3), readExtensions) : undefined
  return {
    version,
    serialNumber,
    algorithmRaw,
    issuer,
    notBefore,
    notAfter,
    subject,
    spki,
    publicKey,
    extensions: extensions?.all ?? [],
    ...(extensions?.read ?? NO_EXTENSIONS),
  }
}

function readVersion(der: DerReader): 1 | 2 | 3 {
  const number = der.insideOptional(constructedTag(0), () => der.readSmallInteger()) ?? 0
  const version = number + 1
  if (version !== 1 && version !== 2 && version !== 3)
    throw der.malformed(`its version is ${version}, wanted 1 to 3`)
  return version
}

function readValidity(der: DerReader): readonly [notBefore: Date, notAfter: Date] {
  return [readTime(der), readTime(der)]
}

/** issuerUniqueID and subjectUniqueID, which nobody uses. */
function skipUniqueIds(der: DerReader): void {
  for (const tag of [primitiveTag(1), primitiveTag(2)]) if (der.isNext(tag)) der.readContent(tag)
}
