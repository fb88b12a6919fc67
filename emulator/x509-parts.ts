// What certificates, CRLs and OCSP answers are made of alike: names, times, extensions, key identifiers,
// and the ECDSA P-256 signature of an authority.

import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import * as asn1js from 'asn1js'
import {
  bits,
  type DerValue,
  encode,
  encoded,
  explicit,
  implicit,
  octets,
  oid,
  sequence,
  set,
} from './der.ts'

/** Attributes of a distinguished name in the order they are encoded, country first. */
export type NameAttributes = readonly (readonly [type: NameAttributeType, value: string])[]
/** Attributes that the emulator's names have, by their short names. */
export type NameAttributeType = 'C' | 'ST' | 'L' | 'O' | 'CN'

/** One extension: an `Extension` of RFC 5280 §4.1. */
export type Extension = DerValue

const NAME_OIDS = {
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
  O: '2.5.4.10',
  CN: '2.5.4.3',
} as const satisfies Record<NameAttributeType, string>

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
/** From this year on a time is a GeneralizedTime (RFC 5280 §4.1.2.5). */
const GENERALIZED_TIME_YEAR = 2050
/** GeneralName's tag of a URI (RFC 5280 §4.2.1.6). */
const URI_TAG = 6

/** AlgorithmIdentifier of every signature that an authority makes. */
export function signatureAlgorithm(): DerValue {
  return sequence(oid(ECDSA_WITH_SHA256))
}

/**
 * What is signed, its algorithm and its signature: the shape of a Certificate and a CertificateList
 * (RFC 5280 §4.1, §5.1) and, with more behind it, of a BasicOCSPResponse (RFC 6960 §4.2.1).
 */
export function signed(
  toBeSigned: DerValue,
  key: KeyObject,
  ...behind: readonly DerValue[]
): DerValue {
  const der = encode(toBeSigned)
  return sequence(encoded(der), signatureAlgorithm(), bits(sign('sha256', der, key)), ...behind)
}

/** Name (RFC 5280 §4.1.2.4). */
export function encodeName(attributes: NameAttributes): DerValue {
  const sets = attributes.map(([type, value]) => {
    // RFC 5280 §4.1.2.4, Appendix A: a country is a PrintableString; all else is UTF-8 here.
    const text =
      type === 'C' ? new asn1js.PrintableString({ value }) : new asn1js.Utf8String({ value })
    return set(sequence(oid(NAME_OIDS[type]), text))
  })
  return sequence(...sets)
}

/** Time (RFC 5280 §4.1.2.5), in whole seconds. */
export function encodeTime(value: Date): DerValue {
  return value.getUTCFullYear() < GENERALIZED_TIME_YEAR
    ? new asn1js.UTCTime({ valueDate: wholeSeconds(value) })
    : generalizedTime(value)
}

/** GeneralizedTime in whole seconds: all that RFC 5280 allows. */
export function generalizedTime(value: Date): DerValue {
  return new asn1js.GeneralizedTime({ valueDate: wholeSeconds(value) })
}

/** An extension by its dotted type. */
export function extension(type: string, critical: boolean, value: DerValue): Extension {
  // DER leaves out a value that is the default, which `critical` FALSE is.
  const flag = critical ? [new asn1js.Boolean({ value: true })] : []
  return sequence(oid(type), ...flag, octets(encode(value)))
}

/** subjectKeyIdentifier of a key's DER SubjectPublicKeyInfo. */
export function subjectKeyId(publicKey: Uint8Array): Extension {
  return extension('2.5.29.14', false, octets(keyId(publicKey)))
}

/** authorityKeyIdentifier of the key that signs. */
export function authorityKeyId(key: KeyObject): Extension {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return extension('2.5.29.35', false, sequence(implicit(0, keyId(publicKey))))
}

/** invalidityDate of a CRL entry (RFC 5280 §5.3.2) and of an OCSP answer (RFC 6960 §4.4.5). */
export function invalidityDate(value: Date): Extension {
  return extension('2.5.29.24', false, generalizedTime(value))
}

/** CRLDistributionPoints with one URL: of cRLDistributionPoints, and of freshestCRL (RFC 5280 §4.2.1.13, §5.2.6). */
export function distributionPoints(type: '2.5.29.31' | '2.5.29.46', url: string): Extension {
  const fullName = explicit(0, uri(url))
  return extension(type, false, sequence(sequence(explicit(0, fullName))))
}

/** A GeneralName that is a URI. */
export function uri(value: string): DerValue {
  return implicit(URI_TAG, Buffer.from(value))
}

/** 160 bits of a SHA-256, as RFC 7093 §2 allows, over the whole key information. */
function keyId(publicKey: Uint8Array): Uint8Array {
  return createHash('sha256').update(publicKey).digest().subarray(0, 20)
}

function wholeSeconds(value: Date): Date {
  return new Date(Math.floor(value.getTime() / 1000) * 1000)
}
