// SubjectPublicKeyInfo: which kind of key it is and how large, not the key itself.

import { COORDINATE_BYTES, type NamedCurve } from '../algorithm.ts'
import { DER_TAG, type DerReader } from '../der.ts'
import { isCurvePoint } from './curve-point.ts'
import { RSA_ENCRYPTION_OID } from './signature-algorithm.ts'

/** What a certificate's public key is. */
export type PublicKey =
  | { readonly kind: 'RSA'; readonly modulusBits: number }
  /** `curve` is undefined for curves outside the three of the Notary Project; `oid` tells which. */
  | { readonly kind: 'EC'; readonly curve: NamedCurve | undefined; readonly oid: string }
  | { readonly kind: 'Ed25519' }
  | { readonly kind: 'unknown'; readonly oid: string }

const EC_PUBLIC_KEY_OID = '1.2.840.10045.2.1'
const ED25519_OID = '1.3.101.112'
const ED25519_KEY_BYTES = 32
/** First byte of a point given by both coordinates (SEC 1 §2.3.3); Go takes no other form. */
const UNCOMPRESSED_POINT = 0x04

const CURVES: ReadonlyMap<string, NamedCurve> = new Map([
  ['1.2.840.10045.3.1.7', 'P-256'],
  ['1.3.132.0.34', 'P-384'],
  ['1.3.132.0.35', 'P-521'],
])

/** Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
export function readPublicKey(der: DerReader): PublicKey {
  return der.inside(DER_TAG.sequence, readPublicKeyParts)
}

function readPublicKeyParts(der: DerReader): PublicKey {
  const [oid, readKey] = der.inside(DER_TAG.sequence, readKeyAlgorithm)
  return readKey === undefined ? skipKey(der, oid) : readKey(der)
}

type KeyReader = (der: DerReader) => PublicKey

function readKeyAlgorithm(der: DerReader): readonly [oid: string, read: KeyReader | undefined] {
  const oid = der.readObjectIdentifier()
  if (oid === RSA_ENCRYPTION_OID) {
    der.readNull()
    return [oid, readRsaKey]
  }
  if (oid === EC_PUBLIC_KEY_OID) {
    const curve = der.readObjectIdentifier()
    return [oid, (key) => readEcPoint(key, curve)]
  }
  if (oid === ED25519_OID) return [oid, readEd25519Key]
  if (!der.isAtEnd) der.readRaw(der.peekTag())
  return [oid, undefined]
}

/** RSAPublicKey (RFC 8017 §A.1.1). */
function readRsaKey(der: DerReader): PublicKey {
  return der.insideBitString(() =>
    der.inside(DER_TAG.sequence, () => {
      const modulusBits = bitLength(der.readUnsignedInteger())
      const exponentBits = bitLength(der.readUnsignedInteger())
      if (modulusBits === 0 || exponentBits === 0) throw der.malformed('an RSA key holds a zero')
      return { kind: 'RSA', modulusBits }
    }),
  )
}

/** ECPoint (RFC 5480 §2.2). */
function readEcPoint(der: DerReader, oid: string): PublicKey {
  const curve = CURVES.get(oid)
  const point = der.readBitStringBytes()
  if (curve === undefined) return { kind: 'EC', curve, oid }
  if (point[0] !== UNCOMPRESSED_POINT || point.length !== 1 + 2 * COORDINATE_BYTES[curve])
    throw der.malformed(`an EC key is not an uncompressed point of ${curve}`)
  if (!isCurvePoint(curve, point.subarray(1)))
    throw der.malformed(`an EC key is no point of ${curve}`)
  return { kind: 'EC', curve, oid }
}

function readEd25519Key(der: DerReader): PublicKey {
  if (der.readBitStringBytes().length !== ED25519_KEY_BYTES)
    throw der.malformed(`an Ed25519 key does not have ${ED25519_KEY_BYTES} bytes`)
  return { kind: 'Ed25519' }
}

function skipKey(der: DerReader, oid: string): PublicKey {
  der.readBitString()
  return { kind: 'unknown', oid }
}

/** Bits of an unsigned INTEGER's content octets, leading zeros not counted. */
function bitLength(content: Uint8Array): number {
  const start = content[0] === 0 ? 1 : 0
  const first = content[start]
  return first === undefined ? 0 : (content.length - start) * 8 - Math.clz32(first) + 24
}
