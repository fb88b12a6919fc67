// X.509 certificates (RFC 5280): subjects, the extensions that the emulator's hierarchies need, signed
// with ECDSA P-256 and SHA-256. None names an OCSP or CRL server.

import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  bits,
  type DerValue,
  encode,
  encoded,
  explicit,
  implicit,
  integer,
  namedBits,
  octets,
  oid,
  sequence,
  serialNumber,
  set,
} from './der.ts'

/** Attributes of a distinguished name in the order they are encoded, country first. */
export type NameAttributes = readonly (readonly [type: NameAttributeType, value: string])[]
/** Attributes that the emulator's names have, by their short names. */
export type NameAttributeType = 'C' | 'ST' | 'L' | 'O' | 'CN'

/** Who signs a certificate. Its key is EC P-256. */
export interface Issuer {
  readonly subject: NameAttributes
  readonly key: KeyObject
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

/** One extension: an `Extension` of RFC 5280 §4.1. */
export type Extension = DerValue

const NAME_OIDS = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  CN: '2.5.4.3',
} as const satisfies Record<NameAttributeType, string>

/** Bits of keyUsage (RFC 5280 §4.2.1.3). */
const KEY_USAGE_BITS = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const
/** A bit of keyUsage by its name in RFC 5280. */
export type KeyUsage = keyof typeof KEY_USAGE_BITS

const EXTENDED_KEY_USAGE_OIDS = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  timeStamping: '1.3.6.1.5.5.7.3.8',
} as const
/** A purpose of extendedKeyUsage by its name in RFC 5280. */
export type ExtendedKeyUsage = keyof typeof EXTENDED_KEY_USAGE_OIDS

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
/** The longest that RFC 5280 §4.1.2.2 allows. */
const SERIAL_NUMBER_BYTES = 20
/** Versions count from 0. */
const VERSION_3 = 2
/** From this year on a time is a GeneralizedTime (RFC 5280 §4.1.2.5). */
const GENERALIZED_TIME_YEAR = 2050

/** Makes a certificate, DER. */
export function issueCertificate(template: CertificateTemplate, issuer: Issuer): Uint8Array {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256))
  const extensions = sequence(
    ...template.extensions,
    extension('2.5.29.14', false, octets(keyId(template.publicKey))),
    authorityKeyId(issuer),
  )
  const tbsCertificate = encode(
    sequence(
      explicit(0, integer(VERSION_3)),
      serialNumber(randomBytes(SERIAL_NUMBER_BYTES)),
      algorithm,
      encodeName(issuer.subject),
      sequence(encodeTime(template.notBefore), encodeTime(template.notAfter)),
      encodeName(template.subject),
      encoded(template.publicKey),
      explicit(3, extensions),
    ),
  )
  const signature = sign('sha256', tbsCertificate, issuer.key)
  return encode(sequence(encoded(tbsCertificate), algorithm, bits(signature)))
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

function authorityKeyId(issuer: Issuer): Extension {
  const publicKey = createPublicKey(issuer.key).export({ type: 'spki', format: 'der' })
  return extension('2.5.29.35', false, sequence(implicit(0, keyId(publicKey))))
}

/** 160 bits of a SHA-256, as RFC 7093 §2 allows, over the whole key information. */
function keyId(publicKey: Uint8Array): Uint8Array {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20)
}

function extension(type: string, critical: boolean, value: DerValue): Extension {
  // DER leaves out a value that is the default, which `critical` FALSE is.
  const flag = critical ? [new asn1js.Boolean({ value: true })] : []
  return sequence(oid(type), ...flag, octets(encode(value)))
}

function encodeName(attributes: NameAttributes): DerValue {
  const sets = attributes.map(([type, value]) => {
    // RFC 5280 §4.1.2.4, Appendix A: a country is a PrintableString; all else is UTF-8 here.
    const text =
      type === 'C' ? new asn1js.PrintableString({ value }) : new asn1js.Utf8String({ value })
    return set(sequence(oid(NAME_OIDS[type]), text))
  })
  return sequence(...sets)
}

function encodeTime(value: Date): DerValue {
  const valueDate = new Date(Math.floor(value.getTime() / 1000) * 1000)
  return value.getUTCFullYear() < GENERALIZED_TIME_YEAR
    ? new asn1js.UTCTime({ valueDate })
    : new asn1js.GeneralizedTime({ valueDate })
}
