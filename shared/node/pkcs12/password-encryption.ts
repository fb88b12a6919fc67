// Decryption of what a password protects in PKCS#12: PBES2 with PBKDF2 (RFC 8018 §6.2), and the
// SHA-1 with 3DES scheme of old (RFC 7292 appendix C). RC2 and RC4 are refused, as OpenSSL 3 refuses them.

import { concatBytes } from '../../bytes.ts'
import { NotationError } from '../../errors.ts'
import { BER_TAG, type BerValue, childOf, integerOf, objectIdentifierOf, octetsOf } from './ber.ts'

/** A cipher in CBC mode, by OpenSSL's name. */
interface Cipher {
  readonly name: string
  readonly keyBytes: number
  readonly ivBytes: number
}

const PBES2 = '1.2.840.113549.1.5.13'
const PBKDF2 = '1.2.840.113549.1.5.12'
/** The default of PBKDF2's parameters (RFC 8018 appendix A.2). */
const HMAC_SHA1 = '1.2.840.113549.2.7'

const PRF_HASHES: Readonly<Record<string, string>> = {
  [HMAC_SHA1]: 'sha1',
  '1.2.840.113549.2.8': 'sha224',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
}

const PBES2_CIPHERS: Readonly<Record<string, Cipher>> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, ivBytes: 16 },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32, ivBytes: 16 },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC and its two-key form. */
const SHA1_CIPHERS: Readonly<Record<string, Cipher>> = {
  '1.2.840.113549.1.12.1.3': { name: 'des-ede3-cbc', keyBytes: 24, ivBytes: 8 },
  '1.2.840.113549.1.12.1.4': { name: 'des-ede-cbc', keyBytes: 16, ivBytes: 8 },
}

const REFUSED: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.12.1.1': 'RC4-128',
  '1.2.840.113549.1.12.1.2': 'RC4-40',
  '1.2.840.113549.1.12.1.5': 'RC2-128',
  '1.2.840.113549.1.12.1.6': 'RC2-40',
}

/** How to bring an old file up to date; the names are the reader's to choose. */
const CONVERSION =
  'create it again in DigiCert ONE with AES encryption, or convert it with "openssl pkcs12 -legacy -in old.p12 -nodes -out both.pem" and "openssl pkcs12 -export -in both.pem -out new.p12", then delete both.pem'

/** What the key derivation of RFC 7292 appendix B.3 is for. */
const KEY_MATERIAL = 1
const IV_MATERIAL = 2
const SHA1_BYTES = 20
const SHA1_BLOCK_BYTES = 64

/**
 * Decrypts with a password.
 *
 * @param algorithm - AlgorithmIdentifier
 * @throws {NotationError} `credential-invalid` for the wrong password, or an algorithm that is not here
 */
export function decryptWithPassword(
  algorithm: BerValue,
  encrypted: Uint8Array,
  password: string,
): Uint8Array {
  const oid = objectIdentifierOf(childOf(algorithm, 0, BER_TAG.objectIdentifier))
  const parameters = childOf(algorithm, 1, BER_TAG.sequence)
  if (oid === PBES2) return decryptPbes2(parameters, encrypted, password)
  const cipher = SHA1_CIPHERS[oid]
  if (cipher !== undefined) return decryptSha1(cipher, parameters, encrypted, password)
  throw unsupported(REFUSED[oid] ?? `the algorithm ${oid}`)
}

/** The error for a password that does not fit; damage inside what is encrypted looks the same. */
export function wrongPassword(password: string, cause?: unknown): NotationError {
  const hint =
    password === password.trim()
      ? ''
      : '; the password begins or ends with white space, which belongs to it here'
  return new NotationError(
    'credential-invalid',
    `Cannot open PKCS#12: SM_CLIENT_CERT_PASSWORD is not its password, or the file is damaged${hint}`,
    cause === undefined ? {} : { cause },
  )
}

function decryptPbes2(parameters: BerValue, encrypted: Uint8Array, password: string): Uint8Array {
  const derivation = childOf(parameters, 0, BER_TAG.sequence)
  const scheme = childOf(parameters, 1, BER_TAG.sequence)
  const derivationOid = objectIdentifierOf(childOf(derivation, 0, BER_TAG.objectIdentifier))
  const schemeOid = objectIdentifierOf(childOf(scheme, 0, BER_TAG.objectIdentifier))
  const cipher = PBES2_CIPHERS[schemeOid]
  if (derivationOid !== PBKDF2) throw unsupported(`the key derivation ${derivationOid}`)
  if (cipher === undefined) throw unsupported(`the cipher ${schemeOid}`)
  const key = deriveByPbkdf2(childOf(derivation, 1, BER_TAG.sequence), cipher, password)
  const iv = octetsOf(childOf(scheme, 1, BER_TAG.octetString))
  return decipher(cipher, key, iv, encrypted, password)
}

function deriveByPbkdf2(parameters: BerValue, cipher: Cipher, password: string): Uint8Array {
  const salt = octetsOf(childOf(parameters, 0, BER_TAG.octetString))
  const iterations = integerOf(childOf(parameters, 1, BER_TAG.integer))
  // keyLength may stand between; the cipher says it already.
  const prf = parameters.children.find((child) => child.tag === BER_TAG.sequence)
  const prfOid =
    prf === undefined ? HMAC_SHA1 : objectIdentifierOf(childOf(prf, 0, BER_TAG.objectIdentifier))
  const hash = PRF_HASHES[prfOid]
  if (hash === undefined) throw unsupported(`the pseudorandom function ${prfOid}`)
  const { pbkdf2Sync } = process.getBuiltinModule('node:crypto')
  return pbkdf2Sync(password, salt, iterations, cipher.keyBytes, hash)
}

function decryptSha1(
  cipher: Cipher,
  parameters: BerValue,
  encrypted: Uint8Array,
  password: string,
): Uint8Array {
  const salt = octetsOf(childOf(parameters, 0, BER_TAG.octetString))
  const iterations = integerOf(childOf(parameters, 1, BER_TAG.integer))
  const key = deriveBySha1(KEY_MATERIAL, cipher.keyBytes, salt, iterations, password)
  const iv = deriveBySha1(IV_MATERIAL, cipher.ivBytes, salt, iterations, password)
  return decipher(cipher, key, iv, encrypted, password)
}

/** RFC 7292 appendix B.2 with SHA-1; the letters are the RFC's. */
function deriveBySha1(
  purpose: number,
  length: number,
  salt: Uint8Array,
  iterations: number,
  password: string,
): Uint8Array {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const diversifier = new Uint8Array(SHA1_BLOCK_BYTES).fill(purpose)
  const input = concatBytes(repeatToBlock(salt), repeatToBlock(toBmpString(password)))
  const derived = new Uint8Array(Math.ceil(length / SHA1_BYTES) * SHA1_BYTES)
  for (let at = 0; at < derived.length; at += SHA1_BYTES) {
    let digest = createHash('sha1').update(diversifier).update(input).digest()
    for (let i = 1; i < iterations; i++) digest = createHash('sha1').update(digest).digest()
    derived.set(digest, at)
    addToBlocks(input, repeatToBlock(digest).subarray(0, SHA1_BLOCK_BYTES))
  }
  return derived.subarray(0, length)
}

/** Step 6.C: every block I_j becomes (I_j + B + 1) mod 2^512. */
function addToBlocks(input: Uint8Array, addend: Uint8Array): void {
  for (let block = 0; block < input.length; block += SHA1_BLOCK_BYTES) {
    let carry = 1
    for (let i = SHA1_BLOCK_BYTES - 1; i >= 0; i--) {
      carry += (input[block + i] ?? 0) + (addend[i] ?? 0)
      input[block + i] = carry & 0xff
      carry >>= 8
    }
  }
}

function repeatToBlock(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil(bytes.length / SHA1_BLOCK_BYTES) * SHA1_BLOCK_BYTES
  return Uint8Array.from({ length }, (_, i) => bytes[i % bytes.length] ?? 0)
}

/** UTF-16, big-endian, ending in two zero octets (RFC 7292 appendix B.1). */
function toBmpString(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length + 2)
  for (let i = 0; i < text.length; i++) {
    bytes[2 * i] = text.charCodeAt(i) >> 8
    bytes[2 * i + 1] = text.charCodeAt(i) & 0xff
  }
  return bytes
}

function decipher(
  cipher: Cipher,
  key: Uint8Array,
  iv: Uint8Array,
  encrypted: Uint8Array,
  password: string,
): Uint8Array {
  const { createDecipheriv } = process.getBuiltinModule('node:crypto')
  if (iv.length !== cipher.ivBytes)
    throw unsupported(`an initialisation vector of ${iv.length} bytes`)
  try {
    const decryption = createDecipheriv(cipher.name, key, iv)
    return concatBytes(decryption.update(encrypted), decryption.final())
  } catch (cause) {
    throw wrongPassword(password, cause)
  }
}

function unsupported(what: string): NotationError {
  return new NotationError(
    'credential-invalid',
    `Cannot open PKCS#12: it is encrypted with ${what}, which is not supported; ${CONVERSION}`,
  )
}
