// Signatures that certificates vouch for: those on other certificates and those in CMS. Names are
// compared in chain.ts; what a certificate may be used for is left to requirements.ts.

import { COORDINATE_BYTES, type SignatureScheme } from '../algorithm.ts'
import type { Crypto, MaybePromise } from '../crypto.ts'
import { toRawSignature } from '../ecdsa.ts'
import { isNotationError } from '../errors.ts'
import type { Certificate } from './certificate.ts'
import { type SignatureAlgorithm, schemeWithCurve } from './signature-algorithm.ts'

/** Smallest RSA key whose signatures count (NIST SP 800-131A, from 2014 on); Go stops at 1024. */
const MIN_RSA_BITS = 2048

/** What a signature check takes besides the key. */
export interface SignedPart {
  readonly algorithm: SignatureAlgorithm | undefined
  /** What was signed. */
  readonly message: Uint8Array
  /** ECDSA in DER. */
  readonly signature: Uint8Array
}

/**
 * Checks that the signature of `certificate` was made with the key of `issuer`; names are not looked at.
 *
 * @returns undefined when it was, else why not, in Go's words
 */
export function checkCertificateSignature(
  certificate: Certificate,
  issuer: Certificate,
  crypto: Crypto,
): MaybePromise<string | undefined> {
  if (certificate.insecureSignature !== undefined)
    return `x509: cannot verify signature: insecure algorithm ${certificate.insecureSignature}`
  const part = {
    algorithm: certificate.signatureAlgorithm,
    message: certificate.tbs,
    signature: certificate.signature,
  }
  return checkSignature(part, issuer, crypto)
}

/**
 * Checks a signature, as certificates and CMS carry them, against the key of a certificate.
 *
 * @returns undefined when it verifies, else why not, in Go's words
 */
export async function checkSignature(
  part: SignedPart,
  signer: Certificate,
  crypto: Crypto,
): Promise<string | undefined> {
  const key = signer.publicKey
  if (part.algorithm === undefined || key.kind === 'unknown')
    return 'x509: cannot verify signature: algorithm unimplemented'
  const wanted = KEY_KINDS[part.algorithm.name]
  if (wanted.kind !== key.kind)
    return `x509: signature algorithm specifies an ${wanted.goName} public key, but have public key of type ${GO_KEY_TYPES[key.kind]}`
  if (key.kind === 'RSA' && key.modulusBits < MIN_RSA_BITS)
    return `crypto/rsa: ${key.modulusBits}-bit keys are insecure, wanted at least ${MIN_RSA_BITS} bits`
  const curve = key.kind === 'EC' ? key.curve : undefined
  const scheme = schemeWithCurve(part.algorithm, curve)
  if (scheme === undefined) return 'x509: cannot verify signature: algorithm unimplemented'
  const raw = rawSignatureOf(scheme, part.signature)
  const isGenuine =
    raw !== undefined && (await crypto.verify(scheme, signer.spki, raw, part.message))
  return isGenuine ? undefined : wanted.failure
}

const KEY_KINDS = {
  'RSASSA-PKCS1-v1_5': { kind: 'RSA', goName: 'RSA', failure: 'crypto/rsa: verification error' },
  'RSA-PSS': { kind: 'RSA', goName: 'RSA', failure: 'crypto/rsa: verification error' },
  ECDSA: { kind: 'EC', goName: 'ECDSA', failure: 'x509: ECDSA verification failure' },
  Ed25519: { kind: 'Ed25519', goName: 'Ed25519', failure: 'x509: Ed25519 verification failure' },
} as const satisfies Record<SignatureScheme['name'], unknown>

const GO_KEY_TYPES = {
  RSA: '*rsa.PublicKey',
  EC: '*ecdsa.PublicKey',
  Ed25519: 'ed25519.PublicKey',
} as const

/** The signature as Crypto takes it; undefined for one that is not DER, which verifies for no key. */
function rawSignatureOf(scheme: SignatureScheme, signature: Uint8Array): Uint8Array | undefined {
  if (scheme.name !== 'ECDSA') return signature
  try {
    return toRawSignature(signature, COORDINATE_BYTES[scheme.namedCurve])
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}
