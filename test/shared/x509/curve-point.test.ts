import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBase64Url } from '../../../shared/base64.ts'
import { concatBytes } from '../../../shared/bytes.ts'
import { isCurvePoint } from '../../../shared/x509/curve-point.ts'
import { flipBit } from '../../support/certificates.ts'

const CURVES = ['P-256', 'P-384', 'P-521'] as const

function coordinatesOf(curve: (typeof CURVES)[number]): Uint8Array {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: curve })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  return concatBytes(decodeBase64Url(x), decodeBase64Url(y))
}

describe('curve-point', () => {
  test.each(CURVES)(
    'isCurvePoint() finds keys of %s on it, and not with any bit flipped',
    (curve) => {
      const coordinates = coordinatesOf(curve)
      expect(isCurvePoint(curve, coordinates)).toBe(true)
      fc.assert(
        fc.property(fc.nat(coordinates.length - 1), (index) => {
          expect(isCurvePoint(curve, flipBit(coordinates, index))).toBe(false)
        }),
      )
    },
  )

  test.each(CURVES)('isCurvePoint() finds no coordinate of %s beyond its modulus', (curve) => {
    const size = coordinatesOf(curve).length
    expect(isCurvePoint(curve, new Uint8Array(size).fill(0xff))).toBe(false)
    expect(isCurvePoint(curve, new Uint8Array(size))).toBe(false)
  })
})
