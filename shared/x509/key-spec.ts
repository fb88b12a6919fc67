// Which of the six key specs a certificate's public key is.

import { ecKeySpec, type KeySpecEntry, rsaKeySpec } from '../algorithm.ts'
import { NotationError } from '../errors.ts'
import type { Certificate } from './certificate.ts'
import type { PublicKey } from './public-key.ts'

/** Sizes of the curves that the reference knows and refuses, for its message. */
const REFUSED_CURVE_BITS: ReadonlyMap<string, number> = new Map([['1.3.132.0.33', 224]])

/**
 * The key spec of a certificate's key.
 *
 * An RSA modulus is measured in bits: the reference rounds up to bytes and takes 2047 for 2048.
 *
 * @throws {NotationError} `key-unsupported` with the reference implementation's text
 * @see signature-specification.md §Algorithm Selection
 */
export function keySpecOfCertificate(certificate: Certificate): KeySpecEntry {
  const key = certificate.publicKey
  const entry = entryOf(key)
  if (entry !== undefined) return entry
  throw new NotationError('key-unsupported', refusalOf(key))
}

function entryOf(key: PublicKey): KeySpecEntry | undefined {
  if (key.kind === 'RSA') return rsaKeySpec(key.modulusBits)
  return key.kind === 'EC' && key.curve !== undefined ? ecKeySpec(key.curve) : undefined
}

function refusalOf(key: PublicKey): string {
  if (key.kind === 'RSA') return `rsa key size ${key.modulusBits} bits is not supported`
  const curveBits = key.kind === 'EC' ? REFUSED_CURVE_BITS.get(key.oid) : undefined
  return curveBits === undefined
    ? 'unsupported public key type'
    : `ecdsa key size ${curveBits} bits is not supported`
}
