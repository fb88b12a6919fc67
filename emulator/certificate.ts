// X.509 certificates (RFC 5280): the extensions that the emulator's hierarchies need, signed with ECDSA
// P-256 and SHA-256. Where an issuer has revocation responders, what it issues names them.

import { type KeyObject, randomBytes } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  encode,
  encoded,
  explicit,
  implicit,
  integer,
  namedBits,
  oid,
  sequence,
  serialNumber,
} from './der.ts'
import {
  authorityKeyId,
  distributionPoints,
  type Extension,
  encodeName,
  encodeTime,
  extension,
  type NameAttributes,
  signatureAlgorithm,
  signed,
  subjectKeyId,
  uri,
} from './x509-parts.ts'

/** Where the state of an issuer's certificates can be asked for; undefined is not named. */
export interface Responders {
  readonly ocspUrl: string | undefined
  readonly crlUrl: string | undefined
}

/** Who signs a certificate. Its key is EC P-256. */
export interface Issuer {
  readonly subject: NameAttributes
  readonly key: KeyObject
  /** Named by the certificates that it issues; without them these name none. */
  readonly responders?: Responders | undefined
}

/** A certificate to be made. */
export interface CertificateTemplate {
  readonly subject: NameAttributes
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  readonly extensions: readonly Extension[]
}

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
const KEY_USAGE_BITS = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const
/** A bit of keyUsage by its name in RFC 5280. */
export type KeyUsage = keyof typeof KEY_USAGE_BITS

const EXTENDED_KEY_USAGE_OIDS = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
} as const
/** A purpose of extendedKeyUsage by its name in RFC 5280. */
export type ExtendedKeyUsage = keyof typeof EXTENDED_KEY_USAGE_OIDS

const AUTHORITY_INFO_ACCESS = '1.3.6.1.5.5.7.1.1'
const OCSP_ACCESS_METHOD = '1.3.6.1.5.5.7.48.1'
const OCSP_NO_CHECK = '1.3.6.1.5.5.7.48.1.5'
const CRL_DISTRIBUTION_POINTS = '2.5.29.31'
/** The longest that RFC 5280 §4.1.2.2 allows. */
const SERIAL_NUMBER_BYTES = 20
/** Versions count from 0. */
const VERSION_3 = 2

/** Makes a certificate, DER. */
export function issueCertificate(template: CertificateTemplate, issuer: Issuer): Uint8Array {
  const extensions = sequence(
    ...template.extensions,
    subjectKeyId(template.publicKey),
    authorityKeyId(issuer.key),
    ...(issuer.responders === undefined ? [] : responderExtensions(issuer.responders)),
  )
  const toBeSigned = sequence(
    explicit(0, integer(VERSION_3)),
    serialNumber(randomBytes(SERIAL_NUMBER_BYTES)),
    signatureAlgorithm(),
    encodeName(issuer.subject),
    sequence(encodeTime(template.notBefore), encodeTime(template.notAfter)),
    encodeName(template.subject),
    encoded(template.publicKey),
    explicit(3, extensions),
  )
  return encode(signed(toBeSigned, issuer.key))
}

/** basicConstraints of a CA, critical. */
export function authorityConstraints(maxIntermediates?: number): Extension {
  const isAuthority = new asn1js.Boolean({ value: true })
  const pathLength = maxIntermediates === undefined ? [] : [integer(maxIntermediates)]
  return extension('2.5.29.19', true, sequence(isAuthority, ...pathLength))
}

/** keyUsage, critical. */
export function keyUsage(...usages: readonly KeyUsage[]): Extension {
  const positions = usages.map((usage) => KEY_USAGE_BITS[usage])
  return extension('2.5.29.15', true, namedBits(...positions))
}

/** extendedKeyUsage, critical where asked: a TSA's must be (RFC 3161 §2.3). */
export function extendedKeyUsage(
  usage: ExtendedKeyUsage,
  options: { readonly critical: boolean },
): Extension {
  return extension('2.5.29.37', options.critical, sequence(oid(EXTENDED_KEY_USAGE_OIDS[usage])))
}

/** subjectAltName of a server. */
export function subjectAltName(names: {
  readonly dns: readonly string[]
  /** 4 or 16 bytes each. */
  readonly ip: readonly Uint8Array[]
}): Extension {
  // GeneralName's tags (RFC 5280 §4.2.1.6).
  const dns = names.dns.map((name) => implicit(2, Buffer.from(name)))
  const ip = names.ip.map((bytes) => implicit(7, bytes))
  return extension('2.5.29.17', false, sequence(...dns, ...ip))
}

/** id-pkix-ocsp-nocheck of a delegated OCSP signer (RFC 6960 §4.2.2.2.1): nobody asks for its own state. */
export function ocspNoCheck(): Extension {
  return extension(OCSP_NO_CHECK, false, new asn1js.Null())
}

/** authorityInfoAccess and cRLDistributionPoints, one URL each (RFC 5280 §4.2.2.1, §4.2.1.13). */
function responderExtensions({ ocspUrl, crlUrl }: Responders): readonly Extension[] {
  const ocsp = (url: string) => sequence(sequence(oid(OCSP_ACCESS_METHOD), uri(url)))
  return [
    ...(ocspUrl === undefined ? [] : [extension(AUTHORITY_INFO_ACCESS, false, ocsp(ocspUrl))]),
    ...(crlUrl === undefined ? [] : [distributionPoints(CRL_DISTRIBUTION_POINTS, crlUrl)]),
  ]
}
