// The private key and the certificates of a PKCS#12 file (RFC 7292 §4), with every way in which a file can be
// the wrong one told apart. The MAC is not computed: a wrong password shows when the key is decrypted, and
// whoever could change the file could as well replace it.

import { isNotationError, NotationError } from '../../errors.ts'
import {
  BER_TAG,
  type BerValue,
  childOf,
  integerOf,
  objectIdentifierOf,
  octetsOf,
  parseBer,
} from './ber.ts'
import { decryptWithPassword, wrongPassword } from './password-encryption.ts'

/** What a file holds. A secret. */
export interface Pkcs12Content {
  /** DER of PKCS#8 PrivateKeyInfo. */
  readonly privateKeys: readonly Uint8Array[]
  /** DER. */
  readonly certificates: readonly Uint8Array[]
}

const DATA = '1.2.840.113549.1.7.1'
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6'
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1'
const PFX_VERSION = 3

const BAG = {
  key: '1.2.840.113549.1.12.10.1.1',
  shroudedKey: '1.2.840.113549.1.12.10.1.2',
  certificate: '1.2.840.113549.1.12.10.1.3',
  safeContents: '1.2.840.113549.1.12.10.1.6',
} as const

const SEQUENCE_OCTET = 0x30
const JAVA_KEYSTORE_MAGIC = [0xfe, 0xed, 0xfe, 0xed]

/**
 * Opens a PKCS#12 file.
 *
 * @throws {NotationError} `credential-invalid` naming what the file is instead, or that the password is wrong
 */
export function openPkcs12(file: Uint8Array, password: string): Pkcs12Content {
  requireBinary(file)
  const bags = safesOf(parseBer(file)).flatMap((safe) => bagsOf(safe, password))
  return {
    privateKeys: bags.flatMap((bag) => privateKeyOf(bag, password)),
    certificates: bags.flatMap(certificateOf),
  }
}

function requireBinary(file: Uint8Array): void {
  if (file.length === 0) throw unfit('it is empty')
  if (JAVA_KEYSTORE_MAGIC.every((octet, i) => file[i] === octet))
    throw unfit(
      'it is a Java keystore; export it with "keytool -importkeystore -deststoretype PKCS12"',
    )
  if (file[0] === SEQUENCE_OCTET) return
  const text = new TextDecoder('latin1').decode(file).trim()
  if (text.startsWith('-----BEGIN '))
    throw unfit(
      'it is PEM; join key and certificate with "openssl pkcs12 -export -inkey key.pem -in certificate.pem -out client.p12"',
    )
  if (/^MI[A-Za-z0-9+/=_\s-]+$/.test(text))
    throw unfit('it is base64 text; decode it first, as with "base64 -d"')
  throw unfit('it is something else')
}

function safesOf(pfx: BerValue): readonly BerValue[] {
  const [version, authSafe] = pfx.children
  if (version?.tag !== BER_TAG.integer || authSafe?.tag !== BER_TAG.sequence)
    throw unfit('it is DER of another kind, such as a certificate without its key')
  if (integerOf(version) !== PFX_VERSION)
    throw unfit(`its version is ${integerOf(version)}, wanted 3`)
  if (contentTypeOf(authSafe) !== DATA)
    throw unfit('it is protected by a public key, not a password')
  return parseBer(octetsOf(dataOf(authSafe))).children
}

function bagsOf(safe: BerValue, password: string): readonly BerValue[] {
  const type = contentTypeOf(safe)
  if (type === DATA) return flattenBags(parseBer(octetsOf(dataOf(safe))))
  if (type !== ENCRYPTED_DATA) throw unfit('a part of it is encrypted for a public key')
  const encryptedData = childOf(childOf(safe, 1, BER_TAG.context0), 0, BER_TAG.sequence)
  const info = childOf(encryptedData, 1, BER_TAG.sequence)
  const encrypted = octetsOf(childOf(info, 2, BER_TAG.context0))
  const decrypted = decryptWithPassword(childOf(info, 1, BER_TAG.sequence), encrypted, password)
  return flattenBags(parseDecrypted(decrypted, password))
}

/** Bags may hold further bags (RFC 7292 §4.2.6). */
function flattenBags(safeContents: BerValue): readonly BerValue[] {
  return safeContents.children.flatMap((bag) =>
    bagTypeOf(bag) === BAG.safeContents
      ? flattenBags(childOf(bagValueOf(bag), 0, BER_TAG.sequence))
      : [bag],
  )
}

function privateKeyOf(bag: BerValue, password: string): readonly Uint8Array[] {
  const type = bagTypeOf(bag)
  if (type === BAG.key) return [childOf(bagValueOf(bag), 0, BER_TAG.sequence).raw]
  if (type !== BAG.shroudedKey) return []
  const info = childOf(bagValueOf(bag), 0, BER_TAG.sequence)
  const algorithm = childOf(info, 0, BER_TAG.sequence)
  const key = decryptWithPassword(
    algorithm,
    octetsOf(childOf(info, 1, BER_TAG.octetString)),
    password,
  )
  parseDecrypted(key, password)
  return [key]
}

function certificateOf(bag: BerValue): readonly Uint8Array[] {
  if (bagTypeOf(bag) !== BAG.certificate) return []
  const certificate = childOf(bagValueOf(bag), 0, BER_TAG.sequence)
  const type = objectIdentifierOf(childOf(certificate, 0, BER_TAG.objectIdentifier))
  if (type !== X509_CERTIFICATE) return []
  const explicit = childOf(certificate, 1, BER_TAG.context0)
  return [octetsOf(childOf(explicit, 0, BER_TAG.octetString))]
}

/** Decrypted with the wrong password, one text in 256 still has a padding that looks right. */
function parseDecrypted(decrypted: Uint8Array, password: string): BerValue {
  if (decrypted[0] !== SEQUENCE_OCTET) throw wrongPassword(password)
  try {
    return parseBer(decrypted)
  } catch (cause) {
    if (!isNotationError(cause, 'credential-invalid')) throw cause
    throw wrongPassword(password, cause)
  }
}

function contentTypeOf(contentInfo: BerValue): string {
  return objectIdentifierOf(childOf(contentInfo, 0, BER_TAG.objectIdentifier))
}

function dataOf(contentInfo: BerValue): BerValue {
  return childOf(childOf(contentInfo, 1, BER_TAG.context0), 0, BER_TAG.octetString)
}

function bagTypeOf(bag: BerValue): string {
  return objectIdentifierOf(childOf(bag, 0, BER_TAG.objectIdentifier))
}

function bagValueOf(bag: BerValue): BerValue {
  return childOf(bag, 1, BER_TAG.context0)
}

function unfit(found: string): NotationError {
  return new NotationError(
    'credential-invalid',
    `Cannot open PKCS#12: wanted a PKCS#12 file, ${found}`,
  )
}
