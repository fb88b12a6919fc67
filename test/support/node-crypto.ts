// Crypto over node:crypto, which answers at once, for tests that do not test it.

import { constants, createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import type { SignatureScheme } from '../../shared/algorithm.ts'
import type { Crypto } from '../../shared/crypto.ts'

/** Digests and signature checks by node:crypto. */
export const nodeCrypto: Crypto = {
  digest: (hash, bytes) => new Uint8Array(createHash(hash).update(bytes).digest()),
  verify: verifySignature,
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
}

function verifySignature(
  scheme: SignatureScheme,
  spki: Uint8Array,
  signature: Uint8Array,
  message: Uint8Array,
): boolean {
  const hash = scheme.name === 'Ed25519' ? null : scheme.hash
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
    return verify(hash, message, { key, ...optionsOf(scheme) }, signature)
  } catch {
    return false
  }
}

function optionsOf(scheme: SignatureScheme): object {
  if (scheme.name === 'ECDSA') return { dsaEncoding: 'ieee-p1363' }
  if (scheme.name !== 'RSA-PSS') return {}
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltBytes }
}
