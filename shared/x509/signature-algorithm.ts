// Signature algorithms as AlgorithmIdentifiers name them, in certificates and in CMS. SHA-1 and MD5
// are recognised to be refused by name; RSASSA-PSS counts only with the parameters that Go accepts.

import { HASH_BYTES, type HashName, type NamedCurve, type SignatureScheme } from '../algorithm.ts'
import { equalBytes } from '../bytes.ts'
import { constructedTag, DER_TAG, DerReader, type DerSource } from '../der.ts'
import { isNotationError } from '../errors.ts'

/** A signature scheme as far as an AlgorithmIdentifier tells: ECDSA's curve comes with the key. */
export type SignatureAlgorithm =
  | Exclude<SignatureScheme, { readonly name: 'ECDSA' }>
  | { readonly name: 'ECDSA'; readonly hash: HashName }

/** An AlgorithmIdentifier (RFC 5280 §4.1.1.2), parameters unread. */
export interface AlgorithmIdentifier {
  readonly oid: string
  /** DER of the parameters, undefined where absent. */
  readonly parameters: Uint8Array | undefined
}

/** Object identifiers of the hash functions in use (RFC 5754 §2). */
export const HASH_OIDS = {
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
} as const satisfies Record<HashName, string>

/** rsaEncryption, which CMS also uses to name PKCS #1 v1.5 signatures. */
export const RSA_ENCRYPTION_OID = '1.2.840.113549.1.1.1'
/** id-RSASSA-PSS (RFC 4055 §3.1). */
const RSA_PSS_OID = '1.2.840.113549.1.1.10'
const MGF1_OID = '1.2.840.113549.1.1.8'
const ED25519_OID = '1.3.101.112'

const BY_OID: ReadonlyMap<string, SignatureAlgorithm> = new Map<string, SignatureAlgorithm>([
  ['1.2.840.113549.1.1.11', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ['1.2.840.113549.1.1.12', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
  ['1.2.840.113549.1.1.13', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
  ['1.2.840.10045.4.3.2', { name: 'ECDSA', hash: 'SHA-256' }],
  ['1.2.840.10045.4.3.3', { name: 'ECDSA', hash: 'SHA-384' }],
  ['1.2.840.10045.4.3.4', { name: 'ECDSA', hash: 'SHA-512' }],
])

/** Go's names of the algorithms that it refuses as insecure. */
const INSECURE_NAMES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'MD5-RSA'],
  ['1.2.840.113549.1.1.5', 'SHA1-RSA'],
  ['1.3.14.3.2.29', 'SHA1-RSA'],
  ['1.2.840.10040.4.3', 'DSA-SHA1'],
  ['1.2.840.10045.4.1', 'ECDSA-SHA1'],
])

const NULL_DER = Uint8Array.of(DER_TAG.null, 0)
const PARAMETERS: DerSource = { code: 'encoding-invalid', object: 'RSASSA-PSS parameters' }

/** Reads an AlgorithmIdentifier. */
export function readAlgorithmIdentifier(der: DerReader): AlgorithmIdentifier {
  return der.inside(DER_TAG.sequence, readAlgorithmParts)
}

/** The signature algorithm that is meant, undefined for one that is not used here. */
export function signatureAlgorithmOf(
  identifier: AlgorithmIdentifier,
): SignatureAlgorithm | undefined {
  if (identifier.oid === RSA_PSS_OID) return pssAlgorithmOf(identifier.parameters)
  // RFC 8410 §3: Ed25519 has no parameters.
  if (identifier.oid === ED25519_OID)
    return identifier.parameters === undefined ? { name: 'Ed25519' } : undefined
  return BY_OID.get(identifier.oid)
}

/** Go's name of an algorithm that is known and refused for its hash, as `SHA1-RSA`. */
export function insecureAlgorithmName(oid: string): string | undefined {
  return INSECURE_NAMES.get(oid)
}

/** The hash function that is meant, undefined for any but the three. */
export function hashOf(oid: string): HashName | undefined {
  return (Object.keys(HASH_OIDS) as HashName[]).find((hash) => HASH_OIDS[hash] === oid)
}

/** The whole scheme of an algorithm with a key on `curve`; undefined when they do not fit. */
export function schemeWithCurve(
  algorithm: SignatureAlgorithm,
  curve: NamedCurve | undefined,
): SignatureScheme | undefined {
  if (algorithm.name !== 'ECDSA') return algorithm
  return curve === undefined ? undefined : { ...algorithm, namedCurve: curve }
}

function readAlgorithmParts(der: DerReader): AlgorithmIdentifier {
  const oid = der.readObjectIdentifier()
  return { oid, parameters: der.isAtEnd ? undefined : der.readRaw(der.peekTag()) }
}

/** RSASSA-PSS with MGF1 of the same hash and a salt as long as the digest, as Go takes it. */
function pssAlgorithmOf(parameters: Uint8Array | undefined): SignatureAlgorithm | undefined {
  if (parameters === undefined) return undefined
  try {
    const der = new DerReader(parameters, PARAMETERS)
    const algorithm = der.inside(DER_TAG.sequence, readPssParts)
    der.expectEnd()
    return algorithm
  } catch (error) {
    if (isNotationError(error, PARAMETERS.code)) return undefined
    throw error
  }
}

/** RSASSA-PSS-params (RFC 4055 §3.1); an absent hash means SHA-1, so there is no algorithm then. */
function readPssParts(der: DerReader): SignatureAlgorithm | undefined {
  const hash = der.insideOptional(constructedTag(0), readPssHash)
  const mask = der.insideOptional(constructedTag(1), readPssMask)
  const saltBytes = der.insideOptional(constructedTag(2), (salt) => salt.readSmallInteger()) ?? 20
  const trailer = der.insideOptional(constructedTag(3), (field) => field.readSmallInteger()) ?? 1
  if (hash === undefined || mask !== hash || saltBytes !== HASH_BYTES[hash] || trailer !== 1)
    return undefined
  return { name: 'RSA-PSS', hash, saltBytes }
}

function readPssMask(der: DerReader): HashName | undefined {
  return der.inside(DER_TAG.sequence, () => {
    const oid = der.readObjectIdentifier()
    const hash = readPssHash(der)
    return oid === MGF1_OID ? hash : undefined
  })
}

function readPssHash(der: DerReader): HashName | undefined {
  const { oid, parameters } = readAlgorithmIdentifier(der)
  const isPlain = parameters === undefined || equalBytes(parameters, NULL_DER)
  return isPlain ? hashOf(oid) : undefined
}
