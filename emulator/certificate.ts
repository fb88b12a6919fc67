// Certificates made with pkijs: subjects, the extensions that the emulator's hierarchies need, signed
// with ECDSA P-256 and SHA-256. None names an OCSP or CRL server.

import { createHash, createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'

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
  readonly extensions: readonly pkijs.Extension[]
}

const NAME_OIDS = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  CN: '2.5.4.3',
} as const satisfies Record<NameAttributeType, string>

/** Bits of keyUsage (RFC 5280 §4.2.1.3), counted from the left. */
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

/** Bytes of a serial number: 159 random bits stay positive and within the 20 bytes of RFC 5280 §4.1.2.2. */
const SERIAL_NUMBER_BYTES = 20

/** Makes a certificate, DER. */
export async function issueCertificate(
  template: CertificateTemplate,
  issuer: Issuer,
): Promise<Uint8Array> {
  const certificate = new pkijs.Certificate({
    version: 2,
    serialNumber: randomSerialNumber(),
    issuer: encodeName(issuer.subject),
    subject: encodeName(template.subject),
    notBefore: encodeTime(template.notBefore),
    notAfter: encodeTime(template.notAfter),
    subjectPublicKeyInfo: pkijs.PublicKeyInfo.fromBER(new Uint8Array(template.publicKey)),
    extensions: [
      ...template.extensions,
      extension(
        '2.5.29.14',
        false,
        new asn1js.OctetString({ valueHex: keyId(template.publicKey) }),
      ),
      authorityKeyId(issuer),
    ],
  })
  await certificate.sign(signingKey(issuer.key), 'SHA-256')
  return new Uint8Array(certificate.toSchema(true).toBER())
}

/** A P-256 private key as pkijs takes it. */
export function signingKey(key: KeyObject): CryptoKey {
  // The one type for both names: Node's lists usages that the Web's does not know yet.
  return key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']) as CryptoKey
}

/** basicConstraints of a CA, critical. */
export function authorityConstraints(maxIntermediates?: number): pkijs.Extension {
  const value = new pkijs.BasicConstraints({
    cA: true,
    ...(maxIntermediates === undefined ? {} : { pathLenConstraint: maxIntermediates }),
  })
  return extension('2.5.29.19', true, value.toSchema())
}

/** keyUsage, critical. */
export function keyUsage(...usages: readonly KeyUsage[]): pkijs.Extension {
  const bits = usages.map((usage): number => KEY_USAGE_BITS[usage])
  const octet = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  // DER: a named bit list ends with its last set bit (X.690 §11.2.2).
  const value = new asn1js.BitString({
    valueHex: Uint8Array.of(octet).buffer,
    unusedBits: 7 - Math.max(...bits),
  })
  return extension('2.5.29.15', true, value)
}

/** extendedKeyUsage, critical where asked: a TSA's must be (RFC 3161 §2.3). */
export function extendedKeyUsage(
  usage: ExtendedKeyUsage,
  options: { readonly critical: boolean },
): pkijs.Extension {
  const value = new pkijs.ExtKeyUsage({ keyPurposes: [EXTENDED_KEY_USAGE_OIDS[usage]] })
  return extension('2.5.29.37', options.critical, value.toSchema())
}

/** subjectAltName of a server. */
export function subjectAltName(names: {
  readonly dns: readonly string[]
  /** 4 or 16 bytes each. */
  readonly ip: readonly Uint8Array[]
}): pkijs.Extension {
  const altNames = [
    ...names.dns.map((value) => new pkijs.GeneralName({ type: 2, value })),
    ...names.ip.map(
      (bytes) =>
        new pkijs.GeneralName({ type: 7, value: new asn1js.OctetString({ valueHex: bytes }) }),
    ),
  ]
  return extension('2.5.29.17', false, new pkijs.GeneralNames({ names: altNames }).toSchema())
}

function authorityKeyId(issuer: Issuer): pkijs.Extension {
  const publicKey = createPublicKey(issuer.key).export({ type: 'spki', format: 'der' })
  const value = new pkijs.AuthorityKeyIdentifier({
    keyIdentifier: new asn1js.OctetString({ valueHex: keyId(publicKey) }),
  })
  return extension('2.5.29.35', false, value.toSchema())
}

/** 160 bits of a SHA-256, as RFC 7093 §2 allows, over the whole key information. */
function keyId(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(publicKey).digest().subarray(0, 20))
}

function extension(oid: string, critical: boolean, value: asn1js.BaseBlock): pkijs.Extension {
  return new pkijs.Extension({ extnID: oid, critical, extnValue: value.toBER() })
}

/** One attribute a relative name: pkijs would put all of them into a single multi-valued one. */
function encodeName(attributes: NameAttributes): pkijs.RelativeDistinguishedNames {
  const sets = attributes.map(([type, value]) => {
    // RFC 5280 §4.1.2.4, Appendix A: a country is a PrintableString; all else is UTF-8 here.
    const text =
      type === 'C' ? new asn1js.PrintableString({ value }) : new asn1js.Utf8String({ value })
    const oid = new asn1js.ObjectIdentifier({ value: NAME_OIDS[type] })
    return new asn1js.Set({ value: [new asn1js.Sequence({ value: [oid, text] })] })
  })
  const valueBeforeDecode = new asn1js.Sequence({ value: sets }).toBER()
  return new pkijs.RelativeDistinguishedNames({ valueBeforeDecode })
}

/** RFC 5280 §4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050 on. */
function encodeTime(value: Date): pkijs.Time {
  const wholeSeconds = new Date(Math.floor(value.getTime() / 1000) * 1000)
  return new pkijs.Time({ type: value.getUTCFullYear() < 2050 ? 0 : 1, value: wholeSeconds })
}

function randomSerialNumber(): asn1js.Integer {
  const bytes = new Uint8Array(randomBytes(SERIAL_NUMBER_BYTES))
  // Positive and without a leading zero byte, so that its DER is minimal.
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return new asn1js.Integer({ valueHex: bytes })
}
