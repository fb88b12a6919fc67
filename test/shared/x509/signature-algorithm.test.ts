import { describe, expect, test } from 'vitest'
import { constructedTag, parseDer } from '../../../shared/der.ts'
import {
  encodeNull,
  encodeObjectIdentifier,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import {
  hashOf,
  insecureAlgorithmName,
  readAlgorithmIdentifier,
  schemeWithCurve,
  signatureAlgorithmOf,
} from '../../../shared/x509/signature-algorithm.ts'
import { encodePssIdentifier } from '../../support/keys.ts'

const PSS = encodeObjectIdentifier('1.2.840.113549.1.1.10')

function algorithmOf(der: Uint8Array) {
  const source = { code: 'encoding-invalid', object: 'algorithm' } as const
  return signatureAlgorithmOf(parseDer(der, source, readAlgorithmIdentifier))
}

function hashIdentifier(oid: string, ...parameters: readonly Uint8Array[]): Uint8Array {
  return encodeSequence(encodeObjectIdentifier(oid), ...parameters)
}

const SHA_256 = hashIdentifier('2.16.840.1.101.3.4.2.1')
const MASK = encodeTagged(constructedTag(1), hashIdentifier('1.2.840.113549.1.1.8', SHA_256))
const SALT = encodeTagged(constructedTag(2), encodeUnsignedInteger(32))

describe('signature-algorithm', () => {
  test.each([
    ['SHA-256', 32],
    ['SHA-384', 48],
    ['SHA-512', 64],
  ] as const)('signatureAlgorithmOf() takes RSASSA-PSS with %s and its salt', (hash, saltBytes) => {
    expect(algorithmOf(encodePssIdentifier(hash, saltBytes))).toEqual({
      name: 'RSA-PSS',
      hash,
      saltBytes,
    })
  })

  test('signatureAlgorithmOf() takes RSASSA-PSS whose hashes have no NULL, and an explicit trailer', () => {
    const trailer = encodeTagged(constructedTag(3), encodeUnsignedInteger(1))
    const hash = encodeTagged(constructedTag(0), SHA_256)
    const der = encodeSequence(PSS, encodeSequence(hash, MASK, SALT, trailer))
    expect(algorithmOf(der)).toEqual({ name: 'RSA-PSS', hash: 'SHA-256', saltBytes: 32 })
  })

  test.each([
    ['another salt length', encodePssIdentifier('SHA-256', 20)],
    ['another hash in the mask', encodePssIdentifier('SHA-256', 32, 'SHA-384')],
    ['no parameters', encodeSequence(PSS)],
    ['NULL for parameters', encodeSequence(PSS, encodeNull())],
    ['the default hash, SHA-1', encodeSequence(PSS, encodeSequence())],
    [
      'another mask function',
      encodeSequence(
        PSS,
        encodeSequence(
          encodeTagged(constructedTag(0), SHA_256),
          encodeTagged(constructedTag(1), hashIdentifier('1.2.3', SHA_256)),
          SALT,
        ),
      ),
    ],
    [
      'a hash with parameters',
      encodeSequence(
        PSS,
        encodeSequence(
          encodeTagged(
            constructedTag(0),
            hashIdentifier('2.16.840.1.101.3.4.2.1', encodeSequence()),
          ),
          MASK,
          SALT,
        ),
      ),
    ],
    [
      'another trailer',
      encodeSequence(
        PSS,
        encodeSequence(
          encodeTagged(constructedTag(0), SHA_256),
          MASK,
          SALT,
          encodeTagged(constructedTag(3), encodeUnsignedInteger(2)),
        ),
      ),
    ],
    [
      'a field that nobody knows',
      encodeSequence(
        PSS,
        encodeSequence(encodeTagged(constructedTag(0), SHA_256), MASK, SALT, encodeNull()),
      ),
    ],
  ])('signatureAlgorithmOf() does not take RSASSA-PSS with %s', (_, der) => {
    expect(algorithmOf(der)).toBeUndefined()
  })

  test('signatureAlgorithmOf() does not take Ed25519 with parameters', () => {
    const oid = encodeObjectIdentifier('1.3.101.112')
    expect(algorithmOf(encodeSequence(oid))).toEqual({ name: 'Ed25519' })
    expect(algorithmOf(encodeSequence(oid, encodeNull()))).toBeUndefined()
  })

  test('signatureAlgorithmOf() does not take SHA-1, which insecureAlgorithmName() names', () => {
    expect(algorithmOf(hashIdentifier('1.2.840.113549.1.1.5', encodeNull()))).toBeUndefined()
    expect(insecureAlgorithmName('1.2.840.113549.1.1.5')).toBe('SHA1-RSA')
    expect(insecureAlgorithmName('1.2.840.113549.1.1.11')).toBeUndefined()
  })

  test('hashOf() knows the three hash functions alone', () => {
    expect(hashOf('2.16.840.1.101.3.4.2.3')).toBe('SHA-512')
    expect(hashOf('1.3.14.3.2.26')).toBeUndefined()
  })

  test('schemeWithCurve() completes ECDSA with the curve of the key', () => {
    const ecdsa = { name: 'ECDSA', hash: 'SHA-256' } as const
    expect(schemeWithCurve(ecdsa, 'P-384')).toEqual({ ...ecdsa, namedCurve: 'P-384' })
    expect(schemeWithCurve(ecdsa, undefined)).toBeUndefined()
    expect(schemeWithCurve({ name: 'Ed25519' }, undefined)).toEqual({ name: 'Ed25519' })
  })
})
