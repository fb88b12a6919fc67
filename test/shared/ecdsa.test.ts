import { createPublicKey, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeSequence, encodeUnsignedInteger } from '../../shared/der-encode.ts'
import { toDerSignature, toRawSignature } from '../../shared/ecdsa.ts'
import { isNotationError } from '../../shared/errors.ts'
import { makeKey } from '../support/keys.ts'

const ONE = encodeUnsignedInteger(1)

describe('ecdsa', () => {
  test.each([
    ['P-256', 32],
    ['P-384', 48],
    ['P-521', 66],
  ] as const)(
    'toRawSignature() turns a DER signature on %s into one that verifies as r‖s',
    (curve, width) => {
      const key = makeKey(curve)
      const message = new Uint8Array(10)
      for (let i = 0; i < 20; i++) {
        const der = new Uint8Array(sign('SHA-256', message, key))
        const raw = toRawSignature(der, width)
        expect(raw.length).toBe(2 * width)
        expect(
          verify('SHA-256', message, { key: createPublicKey(key), dsaEncoding: 'ieee-p1363' }, raw),
        ).toBe(true)
        expect(toDerSignature(raw)).toEqual(der)
      }
    },
  )

  test('toRawSignature() undoes toDerSignature(), leading zeros included', () => {
    const half = fc
      .tuple(fc.nat(31), fc.uint8Array({ minLength: 32, maxLength: 32 }))
      .map(([zeros, bytes]) => bytes.fill(0, 0, zeros).fill(1, 31))
    fc.assert(
      fc.property(half, half, (r, s) => {
        const raw = Uint8Array.of(...r, ...s)
        expect(toRawSignature(toDerSignature(raw), 32)).toEqual(raw)
      }),
    )
  })

  test.each([
    [
      'r is zero',
      encodeSequence(encodeUnsignedInteger(0), ONE),
      'one of its numbers is zero (byte 5)',
    ],
    [
      's is zero',
      encodeSequence(ONE, encodeUnsignedInteger(0)),
      'one of its numbers is zero (byte 8)',
    ],
    [
      'r is too wide',
      encodeSequence(encodeUnsignedInteger(new Uint8Array(33).fill(1)), ONE),
      'one of its numbers takes 33 bytes, wanted at most 32 (byte 37)',
    ],
    [
      'r is negative',
      encodeSequence(Uint8Array.of(2, 1, 0x80), ONE),
      'an INTEGER is negative (byte 5)',
    ],
    ['s is missing', encodeSequence(ONE), 'it ends where another value should stand (byte 5)'],
    [
      'a third number follows',
      encodeSequence(ONE, ONE, ONE),
      'bytes follow where it should end (byte 8)',
    ],
    [
      'bytes follow',
      Uint8Array.of(...encodeSequence(ONE, ONE), 0),
      'bytes follow where it should end (byte 8)',
    ],
    ['it is r‖s already', new Uint8Array(64).fill(1), 'found tag 0x01, wanted 0x30 (byte 0)'],
  ])('toRawSignature() refuses a signature when %s', (_, der, message) => {
    try {
      toRawSignature(der, 32)
    } catch (error) {
      expect(isNotationError(error, 'encoding-invalid')).toBe(true)
      expect((error as Error).message).toBe(`Cannot read ECDSA signature: ${message}`)
      return
    }
    throw new Error('Nothing was refused')
  })

  test('toRawSignature() reads any bytes or throws a NotationError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          toRawSignature(bytes, 32)
        } catch (error) {
          expect(isNotationError(error, 'encoding-invalid')).toBe(true)
        }
      }),
    )
  })
})
