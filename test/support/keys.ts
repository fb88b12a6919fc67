// Private keys and signatures in X.509 form for tests.

import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { HashName } from '../../shared/algorithm.ts'
import { constructedTag } from '../../shared/der.ts'
import {
  encodeNull,
  encodeObjectIdentifier,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../shared/der-encode.ts'

/** A key to make, or to read from test/vectors/keys. */
export type KeyName =
  | 'P-224'
  | 'P-256'
  | 'P-384'
  | 'P-521'
  | 'secp256k1'
  | 'Ed25519'
  | 'rsa-1024'
  | 'rsa-2047'
  | 'rsa-2048'
  | 'rsa-2048-ca'
  | 'rsa-3072'
  | 'rsa-4096'

/** How a certificate is signed. */
export type SignatureName =
  | 'SHA-1'
  | 'SHA-256'
  | 'SHA-384'
  | 'SHA-512'
  | 'PSS-SHA-256'
  | 'PSS-SHA-384'
  | 'PSS-SHA-512'

/** A private key, made anew (EC, Ed25519) or read (RSA). */
export function makeKey(name: KeyName): KeyObject {
  if (name.startsWith('rsa-'))
    return createPrivateKey(readFileSync(new URL(`../vectors/keys/${name}.pem`, import.meta.url)))
  if (name === 'Ed25519') return generateKeyPairSync('ed25519').privateKey
  return generateKeyPairSync('ec', { namedCurve: name === 'P-224' ? 'secp224r1' : name }).privateKey
}

/** DER SubjectPublicKeyInfo of a private key. */
export function spkiOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }))
}

/** A key's way to sign. */
export interface SignatureMaker {
  readonly identifier: Uint8Array
  sign(message: Uint8Array): Uint8Array
}

const HASH_OF_CURVE: Readonly<Record<string, SignatureName>> = {
  prime256v1: 'SHA-256',
  secp384r1: 'SHA-384',
  secp521r1: 'SHA-512',
}
const ECDSA_OIDS: Readonly<Record<string, string>> = {
  'SHA-1': '1.2.840.10045.4.1',
  'SHA-256': '1.2.840.10045.4.3.2',
  'SHA-384': '1.2.840.10045.4.3.3',
  'SHA-512': '1.2.840.10045.4.3.4',
}
const RSA_OIDS: Readonly<Record<string, string>> = {
  'SHA-1': '1.2.840.113549.1.1.5',
  'SHA-256': '1.2.840.113549.1.1.11',
  'SHA-384': '1.2.840.113549.1.1.12',
  'SHA-512': '1.2.840.113549.1.1.13',
}
const HASH_OIDS: Readonly<Record<string, string>> = {
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
}

/** How a key signs: the AlgorithmIdentifier, and the signature in X.509 form (ECDSA in DER). */
export function signatureOf(key: KeyObject, name?: SignatureName): SignatureMaker {
  if (key.asymmetricKeyType === 'ed25519')
    return {
      identifier: encodeSequence(encodeObjectIdentifier('1.3.101.112')),
      sign: (message) => new Uint8Array(sign(null, message, key)),
    }
  if (key.asymmetricKeyType === 'ec') {
    const hash = name ?? HASH_OF_CURVE[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'SHA-256'
    return {
      identifier: encodeSequence(encodeObjectIdentifier(ECDSA_OIDS[hash] ?? '')),
      sign: (message) => new Uint8Array(sign(hash, message, key)),
    }
  }
  if (name?.startsWith('PSS-')) return pssSignature(key, name.slice(4) as HashName)
  const hash = name ?? 'SHA-256'
  return {
    identifier: encodeSequence(encodeObjectIdentifier(RSA_OIDS[hash] ?? ''), encodeNull()),
    sign: (message) => new Uint8Array(sign(hash, message, key)),
  }
}

function pssSignature(key: KeyObject, hash: HashName): SignatureMaker {
  const saltLength = constants.RSA_PSS_SALTLEN_DIGEST
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return {
    identifier: encodePssIdentifier(hash, createHash(hash).digest().length),
    sign: (message) => new Uint8Array(sign(hash, message, { key, padding, saltLength })),
  }
}

/** AlgorithmIdentifier of RSASSA-PSS with the same hash in both places. */
export function encodePssIdentifier(
  hash: HashName,
  saltBytes: number,
  maskHash: HashName = hash,
): Uint8Array {
  const hashIdentifier = (name: HashName) =>
    encodeSequence(encodeObjectIdentifier(HASH_OIDS[name] ?? ''), encodeNull())
  const mask = encodeSequence(
    encodeObjectIdentifier('1.2.840.113549.1.1.8'),
    hashIdentifier(maskHash),
  )
  return encodeSequence(
    encodeObjectIdentifier('1.2.840.113549.1.1.10'),
    encodeSequence(
      encodeTagged(constructedTag(0), hashIdentifier(hash)),
      encodeTagged(constructedTag(1), mask),
      encodeTagged(constructedTag(2), encodeUnsignedInteger(saltBytes)),
    ),
  )
}
