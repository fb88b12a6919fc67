import { describe, expect, test } from 'vitest'
import { constructedTag, DER_TAG } from '../../../shared/der.ts'
import {
  encodeBitString,
  encodeNull,
  encodeObjectIdentifier,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { type Certificate, parseCertificate } from '../../../shared/x509/certificate.ts'
import { type CertificateOptions, issueLeaf } from '../../support/certificates.ts'

function refusalOf(der: Uint8Array): string {
  try {
    parseCertificate(der)
  } catch (error) {
    if (isNotationError(error, 'certificate-malformed')) return error.message
    throw error
  }
  throw new Error('Nothing was refused')
}

function leaf(options: CertificateOptions = {}): Certificate {
  return issueLeaf(options).certificate
}

describe('public-key', () => {
  test.each([
    ['rsa-2047', { kind: 'RSA', modulusBits: 2047 }],
    ['rsa-1024', { kind: 'RSA', modulusBits: 1024 }],
    ['P-256', { kind: 'EC', curve: 'P-256', oid: '1.2.840.10045.3.1.7' }],
    ['P-521', { kind: 'EC', curve: 'P-521', oid: '1.3.132.0.35' }],
    ['secp256k1', { kind: 'EC', curve: undefined, oid: '1.3.132.0.10' }],
    ['Ed25519', { kind: 'Ed25519' }],
  ] as const)('parseCertificate() tells what a %s key is', (key, publicKey) => {
    expect(leaf({ key }).publicKey).toEqual(publicKey)
  })

  test.each<[string, Uint8Array, RegExp]>([
    [
      'an RSA key without NULL',
      keyOf('1.2.840.113549.1.1.1', [], rsaKey(5, 3)),
      /: it ends where another value should stand \(/,
    ],
    [
      'an RSA modulus of zero',
      keyOf('1.2.840.113549.1.1.1', [encodeNull()], rsaKey(0, 3)),
      /: an RSA key holds a zero \(/,
    ],
    [
      'an RSA exponent of zero',
      keyOf('1.2.840.113549.1.1.1', [encodeNull()], rsaKey(5, 0)),
      /: an RSA key holds a zero \(/,
    ],
    [
      'a compressed point',
      ecKey(Uint8Array.of(2, ...new Uint8Array(32))),
      /: an EC key is not an uncompressed point of P-256 \(/,
    ],
    [
      'a point that is too short',
      ecKey(Uint8Array.of(4, ...new Uint8Array(63))),
      /: an EC key is not an uncompressed point of P-256 \(/,
    ],
    [
      'a point beside the curve',
      ecKey(Uint8Array.of(4, ...new Uint8Array(64))),
      /: an EC key is no point of P-256 \(/,
    ],
    [
      'explicit curve parameters',
      keyOf('1.2.840.10045.2.1', [encodeSequence()], new Uint8Array(65)),
      /: found tag 0x30, wanted 0x06 \(/,
    ],
    [
      'an Ed25519 key with parameters',
      keyOf('1.3.101.112', [encodeNull()], new Uint8Array(32)),
      /: bytes follow where it should end \(/,
    ],
    [
      'an Ed25519 key of 31 bytes',
      keyOf('1.3.101.112', [], new Uint8Array(31)),
      /: an Ed25519 key does not have 32 bytes \(/,
    ],
  ])('parseCertificate() refuses %s', (_, spki, message) => {
    expect(refusalOf(certificateAround(new Uint8Array(), { spki }))).toMatch(message)
  })

  test('parseCertificate() keeps a key of an unknown kind by its object identifier', () => {
    const spki = keyOf('1.2.3.4', [encodeNull()], Uint8Array.of(1))
    expect(parseCertificate(certificateAround(new Uint8Array(), { spki })).publicKey).toEqual({
      kind: 'unknown',
      oid: '1.2.3.4',
    })
  })
})

/** A certificate of version 3 that nobody signed, around whatever stands behind its key. */
function certificateAround(
  behindKey: Uint8Array,
  parts: { readonly spki?: Uint8Array; readonly serialNumber?: Uint8Array } = {},
): Uint8Array {
  const algorithm = encodeSequence(encodeObjectIdentifier('1.2.840.10045.4.3.2'))
  const time = encodeTagged(DER_TAG.utcTime, Buffer.from('300102030405Z'))
  const tbs = encodeSequence(
    encodeTagged(constructedTag(0), encodeUnsignedInteger(2)),
    parts.serialNumber ?? encodeUnsignedInteger(1),
    algorithm,
    encodeSequence(),
    encodeSequence(time, time),
    encodeSequence(),
    parts.spki ?? keyOf('1.2.3.4', [], Uint8Array.of(1)),
    behindKey,
  )
  return encodeSequence(tbs, algorithm, encodeBitString(Uint8Array.of(1)))
}

function keyOf(oid: string, parameters: readonly Uint8Array[], key: Uint8Array): Uint8Array {
  return encodeSequence(
    encodeSequence(encodeObjectIdentifier(oid), ...parameters),
    encodeBitString(key),
  )
}

function rsaKey(modulus: number, exponent: number): Uint8Array {
  return encodeSequence(encodeUnsignedInteger(modulus), encodeUnsignedInteger(exponent))
}

function ecKey(point: Uint8Array): Uint8Array {
  return keyOf('1.2.840.10045.2.1', [encodeObjectIdentifier('1.2.840.10045.3.1.7')], point)
}
