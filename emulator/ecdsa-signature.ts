// ECDSA over a digest that is given (FIPS 186-5 §6.4.1), because node:crypto always hashes again.
// OpenSSL's ECDH makes k and k·G; the rest is BigInt arithmetic, which does not run in constant time:
// fit for keys of an emulator, never for others.

import { createECDH, type KeyObject } from 'node:crypto'
import { toHex } from '../shared/bytes.ts'
import { type CurveName, OPENSSL_CURVES } from './key-material.ts'

interface Curve {
  /** Order of the base point (SP 800-186 §3.2.1). */
  readonly order: bigint
  readonly orderBits: number
  readonly coordinateBytes: number
}

const CURVES: Readonly<Record<CurveName, Curve>> = {
  P256: {
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    orderBits: 256,
    coordinateBytes: 32,
  },
  P384: {
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    orderBits: 384,
    coordinateBytes: 48,
  },
  P521: {
    order:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
    orderBits: 521,
    coordinateBytes: 66,
  },
}

/**
 * Signs a digest.
 *
 * @returns r‖s, each as wide as the curve's coordinates
 */
export function signEcdsaDigest(key: KeyObject, curve: CurveName, digest: Uint8Array): Uint8Array {
  const { order, orderBits, coordinateBytes } = CURVES[curve]
  const secret = privateScalar(key)
  const representative = leftmostBits(digest, orderBits)
  // r or s is zero about once in 2^256 tries; the standard says to take another k then.
  for (;;) {
    const ephemeral = createECDH(OPENSSL_CURVES[curve])
    const point = ephemeral.generateKeys()
    const k = toBigInt(ephemeral.getPrivateKey())
    const r = toBigInt(point.subarray(1, 1 + coordinateBytes)) % order
    const s = (inverse(k, order) * (representative + r * secret)) % order
    if (r !== 0n && s !== 0n) return fixedWidth([r, s], coordinateBytes)
  }
}

/** DER `SEQUENCE { r, s }` of a fixed-width signature (RFC 3279 §2.2.3), as the service answers. */
export function encodeEcdsaSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const body = [signature.subarray(0, half), signature.subarray(half)].flatMap(encodeInteger)
  // P-521 signatures need the long form: their body is up to 138 bytes.
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length]
  return Uint8Array.from([0x30, ...length, ...body])
}

function encodeInteger(magnitude: Uint8Array): number[] {
  const firstSet = magnitude.findIndex((byte) => byte !== 0)
  const digits = [...magnitude.subarray(firstSet === -1 ? magnitude.length - 1 : firstSet)]
  // DER integers are signed: a set top bit needs a zero byte before it.
  const value = (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits
  return [0x02, value.length, ...value]
}

function privateScalar(key: KeyObject): bigint {
  const { d } = key.export({ format: 'jwk' })
  return toBigInt(Buffer.from(d ?? '', 'base64url'))
}

/** The leftmost bits of the digest, as many as the order has (FIPS 186-5 §6.4.1 step 2). */
function leftmostBits(digest: Uint8Array, bits: number): bigint {
  const excess = digest.length * 8 - bits
  return excess > 0 ? toBigInt(digest) >> BigInt(excess) : toBigInt(digest)
}

/** Modular inverse by the extended Euclidean algorithm. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [remainder, next] = [modulus, value]
  let [coefficient, nextCoefficient] = [0n, 1n]
  while (next !== 0n) {
    const quotient = remainder / next
    ;[remainder, next] = [next, remainder - quotient * next]
    ;[coefficient, nextCoefficient] = [nextCoefficient, coefficient - quotient * nextCoefficient]
  }
  return coefficient < 0n ? coefficient + modulus : coefficient
}

function fixedWidth(values: readonly bigint[], width: number): Uint8Array {
  const text = values.map((value) => value.toString(16).padStart(2 * width, '0')).join('')
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`)
}
