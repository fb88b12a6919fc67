// Private keys as the emulator makes, keeps and names them. RSA test keys come from a committed file,
// because ten fresh ones cost seconds; all other keys are made anew.

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPair as generateKeyPairLater,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { promisify } from 'node:util'
import publicTestKeys from './public-test-keys.json' with { type: 'json' }

const generateKeyPair = promisify(generateKeyPairLater)

/** What kind of key a keypair holds, in the words of the service's `key_alg`, `key_size` and `curve`. */
export type KeyKind =
  | { readonly algorithm: 'RSA'; readonly modulusBits: number }
  | { readonly algorithm: 'ECDSA'; readonly curve: CurveName }
  | { readonly algorithm: 'EdDSA'; readonly curve: 'Ed25519' }

/** NIST curves as the service spells them. */
export type CurveName = 'P256' | 'P384' | 'P521'

/** Names of the committed RSA keys, which everyone has. */
export type PublicTestKeyName = keyof typeof publicTestKeys.keys

/** node:crypto's names of the curves. */
export const OPENSSL_CURVES = {
  P256: 'prime256v1',
  P384: 'secp384r1',
  P521: 'secp521r1',
} as const satisfies Record<CurveName, string>

/** One of the committed RSA keys. */
export function publicTestKey(name: PublicTestKeyName): KeyObject {
  return parsePrivateKey(publicTestKeys.keys[name])
}

/** A fresh EC key: cheap enough to be made at each start. */
export function generateEcKey(curve: CurveName): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: OPENSSL_CURVES[curve] }).privateKey
}

/** A fresh Ed25519 key. */
export function generateEd25519Key(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey
}

/** A fresh key of any kind; RSA takes up to seconds, so it is made off the event loop. */
export async function generateKey(kind: KeyKind): Promise<KeyObject> {
  if (kind.algorithm === 'RSA')
    return (await generateKeyPair('rsa', { modulusLength: kind.modulusBits })).privateKey
  if (kind.algorithm === 'ECDSA') return generateEcKey(kind.curve)
  return generateEd25519Key()
}

/** DER SubjectPublicKeyInfo of a private key. */
export function publicKeyInfo(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
}

/** A private key from base64 of its PKCS#8 DER. */
export function parsePrivateKey(base64: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' })
}

/** The inverse of parsePrivateKey. */
export function encodePrivateKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'der' }).toString('base64')
}
