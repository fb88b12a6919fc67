// PKCS#12 files for tests: those that OpenSSL made, and unencrypted ones put together here.

import {
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../../shared/der-encode.ts'
import files from './files.json' with { type: 'json' }

/** The password of all files that OpenSSL made. */
export const PASSWORD = 'correct horse'
/** How OpenSSL made a file: see generate.sh. */
export type FileName = keyof typeof files

const DATA = '1.2.840.113549.1.7.1'
const KEY_BAG = '1.2.840.113549.1.12.10.1.1'
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const EXPLICIT_0 = 0xa0
const CONSTRUCTED_BIT = 0x20
const OCTET_STRING = 0x04

/** A file that OpenSSL made. */
export function opensslFile(name: FileName): Uint8Array {
  return new Uint8Array(Buffer.from(files[name], 'base64'))
}

/** An unencrypted PKCS#12 file with these keys (PKCS#8) and certificates. */
export function assemblePkcs12(
  keys: readonly Uint8Array[],
  certificates: readonly Uint8Array[],
): Uint8Array {
  const keyBags = keys.map((key) => bag(KEY_BAG, key))
  const certificateBags = certificates.map((der) =>
    bag(
      CERTIFICATE_BAG,
      encodeSequence(
        encodeObjectIdentifier(X509_CERTIFICATE),
        encodeTagged(EXPLICIT_0, encodeOctetString(der)),
      ),
    ),
  )
  const safe = data(encodeSequence(...keyBags, ...certificateBags))
  return encodeSequence(encodeUnsignedInteger(3), data(encodeSequence(safe)))
}

/** The same file as Java's libraries write it: indefinite lengths, octet strings in pieces (X.690 §8.1.3.6, §8.7.3). */
export function toIndefiniteForm(der: Uint8Array, pieceBytes: number): Uint8Array {
  const parts: Uint8Array[] = []
  for (let at = 0; at < der.length; ) {
    const { identifier, content, end } = readDer(der, at)
    if (identifier & CONSTRUCTED_BIT)
      parts.push(indefinite(identifier, toIndefiniteForm(content, pieceBytes)))
    else if (identifier === OCTET_STRING) parts.push(inPieces(content, pieceBytes))
    else parts.push(der.subarray(at, end))
    at = end
  }
  return Buffer.concat(parts)
}

function inPieces(content: Uint8Array, pieceBytes: number): Uint8Array {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < content.length; at += pieceBytes)
    pieces.push(encodeOctetString(content.subarray(at, at + pieceBytes)))
  return indefinite(OCTET_STRING | CONSTRUCTED_BIT, Buffer.concat(pieces))
}

function indefinite(identifier: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([identifier, 0x80]), content, Buffer.from([0, 0])])
}

function readDer(der: Uint8Array, at: number) {
  const identifier = der[at] ?? 0
  const first = der[at + 1] ?? 0
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  let length = lengthBytes === 0 ? first : 0
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + (der[at + 2 + i] ?? 0)
  const start = at + 2 + lengthBytes
  return { identifier, content: der.subarray(start, start + length), end: start + length }
}

function bag(type: string, value: Uint8Array): Uint8Array {
  return encodeSequence(encodeObjectIdentifier(type), encodeTagged(EXPLICIT_0, value))
}

function data(content: Uint8Array): Uint8Array {
  return encodeSequence(
    encodeObjectIdentifier(DATA),
    encodeTagged(EXPLICIT_0, encodeOctetString(content)),
  )
}
