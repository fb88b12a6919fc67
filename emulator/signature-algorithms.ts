// The names of signature algorithms that the service takes, and the signing of a digest under each.

import { sign as signMessage } from 'node:crypto'
import { encodeEcdsaSignature, signEcdsaDigest } from './ecdsa-signature.ts'
import { HASH_NAMES, HASHES, type HashName } from './hashes.ts'
import { type KeyKind, parsePrivateKey } from './key-material.ts'
import type { Keypair } from './keypair.ts'
import type { Profile } from './profiles.ts'
import { signPkcs1Digest, signPssDigest } from './rsa-signature.ts'

/** What a name stands for. */
export interface SignatureAlgorithm {
  readonly key: KeyKind['algorithm']
  readonly scheme: 'PKCS1' | 'PSS' | 'ECDSA' | 'EdDSA'
  /** EdDSA signs what it is given, of any length. */
  readonly hash: HashName | undefined
}

/** How a signature is to be made other than well. */
export interface SigningOptions {
  /** Of RSASSA-PSS; the hash's length when not given. */
  readonly saltBytes?: number
  /** ECDSA as r‖s instead of DER. */
  readonly isRaw?: boolean
}

/** Names are compared case-blind: clients of the service write them in several ways. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ...HASH_NAMES.flatMap((hash): [string, SignatureAlgorithm][] => {
    const prefix = hash.replace('-', '').toLowerCase()
    return [
      [`${prefix}withrsa`, { key: 'RSA', scheme: 'PKCS1', hash }],
      [`${prefix}withecdsa`, { key: 'ECDSA', scheme: 'ECDSA', hash }],
      // Inferred: DigiCert's command-line tool takes this name, no public client of the REST API sends it.
      [`${prefix}withrsa/pss`, { key: 'RSA', scheme: 'PSS', hash }],
    ]
  }),
  ['ed25519', { key: 'EdDSA', scheme: 'EdDSA', hash: undefined }],
])

/** The algorithm of a name under a profile. */
export function findSignatureAlgorithm(
  name: string,
  profile: Profile,
): SignatureAlgorithm | undefined {
  const wanted = name.toLowerCase()
  if (!profile.has('pss-named-mgf1')) return ALGORITHMS.get(wanted)
  if (wanted.endsWith('/pss')) return undefined
  return ALGORITHMS.get(wanted.replace(/withrsaandmgf1$/, 'withrsa/pss'))
}

/**
 * Signs a digest with the keypair's key. The caller has checked that key and digest fit the algorithm.
 *
 * @throws {KeyTooShortError} when the digest does not fit an RSA key
 */
export function signDigest(
  keypair: Keypair,
  algorithm: SignatureAlgorithm,
  digest: Uint8Array,
  options: SigningOptions = {},
): Uint8Array {
  const key = parsePrivateKey(keypair.privateKey)
  const { kind } = keypair
  if (kind.algorithm === 'EdDSA' || algorithm.hash === undefined)
    return new Uint8Array(signMessage(null, digest, key))
  if (kind.algorithm === 'ECDSA') {
    const signature = signEcdsaDigest(key, kind.curve, digest)
    return options.isRaw ? signature : encodeEcdsaSignature(signature)
  }
  if (algorithm.scheme === 'PKCS1') return signPkcs1Digest(key, algorithm.hash, digest)
  const saltBytes = options.saltBytes ?? HASHES[algorithm.hash].bytes
  return signPssDigest(key, algorithm.hash, digest, saltBytes)
}
