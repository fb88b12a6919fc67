// Short names for the DER values that certificates, CRLs, OCSP answers, PKCS#12 files and timestamps are
// made of. asn1js encodes them.

import * as asn1js from 'asn1js'

/** A DER value of any kind. */
export type DerValue = asn1js.BaseBlock

/** SEQUENCE. */
export function sequence(...value: readonly DerValue[]): asn1js.Sequence {
  return new asn1js.Sequence({ value: [...value] })
}

/** SET with its members in the order given. */
export function set(...value: readonly DerValue[]): asn1js.Set {
  return new asn1js.Set({ value: [...value] })
}

/** A value under an explicit context tag, or members of a SEQUENCE under an implicit one: they look alike. */
export function explicit(tagNumber: number, ...value: readonly DerValue[]): asn1js.Constructed {
  return new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [...value] })
}

/** Bytes under an implicit context tag: of an OCTET STRING, or of a text in ASCII. */
export function implicit(tagNumber: number, bytes: Uint8Array): asn1js.Primitive {
  return new asn1js.Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex: buffer(bytes) })
}

/** OBJECT IDENTIFIER from its dotted form. */
export function oid(value: string): asn1js.ObjectIdentifier {
  return new asn1js.ObjectIdentifier({ value })
}

/** INTEGER. */
export function integer(value: number): asn1js.Integer {
  return new asn1js.Integer({ value })
}

/** ENUMERATED. */
export function enumerated(value: number): asn1js.Enumerated {
  return new asn1js.Enumerated({ value })
}

/** INTEGER of these big-endian bytes, made positive and without leading zero bytes: for serial numbers. */
export function serialNumber(random: Uint8Array): asn1js.Integer {
  const bytes = new Uint8Array(random)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return new asn1js.Integer({ valueHex: bytes.buffer })
}

/** INTEGER of big-endian bytes that hold a number above 0. */
export function unsigned(bytes: Uint8Array): asn1js.Integer {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0
  return new asn1js.Integer({ valueHex: buffer(isNegative ? Uint8Array.of(0, ...bytes) : bytes) })
}

/** OCTET STRING. */
export function octets(bytes: Uint8Array): asn1js.OctetString {
  return new asn1js.OctetString({ valueHex: buffer(bytes) })
}

/** BIT STRING of whole bytes. */
export function bits(bytes: Uint8Array): asn1js.BitString {
  return new asn1js.BitString({ valueHex: buffer(bytes) })
}

/** BIT STRING with these named bits set, counted from the left; it ends with the last one (X.690 §11.2.2). */
export function namedBits(...positions: readonly number[]): asn1js.BitString {
  const last = Math.max(...positions)
  const bytes = new Uint8Array((last >> 3) + 1)
  for (const bit of positions) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return new asn1js.BitString({ valueHex: bytes.buffer, unusedBits: 7 - (last & 7) })
}

/** A value that is DER already. */
export function encoded(der: Uint8Array): DerValue {
  return asn1js.fromBER(buffer(der)).result
}

/** DER of a value. */
export function encode(value: DerValue): Uint8Array<ArrayBuffer> {
  return new Uint8Array(value.toBER())
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}
