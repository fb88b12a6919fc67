// A PKCS#12 file (RFC 7292) with one key and its certificate, and no certificate authority: a CA in
// there would become a trust anchor for servers in Node and Bun. AES-256-CBC, PBKDF2 and an HMAC with
// SHA-256: what OpenSSL 3 opens without its legacy provider.

import {
  createCipheriv,
  createHash,
  createHmac,
  type KeyObject,
  pbkdf2Sync,
  randomBytes,
} from 'node:crypto'
import * as asn1js from 'asn1js'
import { concatBytes } from '../shared/bytes.ts'
import {
  type DerValue,
  encode,
  encoded,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  sequence,
  set,
} from './der.ts'

/** What a client certificate file holds. */
export interface ClientIdentity {
  readonly key: KeyObject
  /** DER. */
  readonly certificate: Uint8Array
  readonly friendlyName: string
}

/** Rounds of both key derivations: OpenSSL's default. More would cost every process that opens the file. */
const ITERATIONS = 2048
const SALT_BYTES = 16
const SHA256_BYTES = 32
/** Block size v of SHA-256 in RFC 7292 §B.2. */
const SHA256_BLOCK_BYTES = 64

const OID = {
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const

/** Encodes the file, DER. */
export function encodePkcs12(identity: ClientIdentity, password: string): Uint8Array {
  const localKeyId = createHash('sha256').update(identity.certificate).digest().subarray(0, 20)
  const attributes = bagAttributes(identity.friendlyName, localKeyId)
  const certificates = sequence(certificateBag(identity.certificate, attributes))
  const keys = sequence(keyBag(identity.key, password, attributes))
  const authenticated = sequence(
    encryptedContent(encode(certificates), password),
    dataContent(encode(keys)),
  )
  const content = encode(authenticated)
  return encode(sequence(integer(3), dataContent(content), macData(content, password)))
}

function certificateBag(der: Uint8Array, attributes: DerValue): DerValue {
  const value = sequence(oid(OID.x509Certificate), explicit(0, octets(der)))
  return sequence(oid(OID.certBag), explicit(0, value), attributes)
}

function keyBag(key: KeyObject, password: string, attributes: DerValue): DerValue {
  // OpenSSL writes the EncryptedPrivateKeyInfo (RFC 5208 §6) that the bag holds.
  const encrypted = key.export({
    type: 'pkcs8',
    format: 'der',
    cipher: 'aes-256-cbc',
    passphrase: password,
  })
  return sequence(oid(OID.shroudedKeyBag), explicit(0, encoded(encrypted)), attributes)
}

function bagAttributes(friendlyName: string, localKeyId: Uint8Array): DerValue {
  const name = new asn1js.BmpString({ value: friendlyName })
  return set(
    sequence(oid(OID.friendlyName), set(name)),
    sequence(oid(OID.localKeyId), set(octets(localKeyId))),
  )
}

function dataContent(content: Uint8Array): DerValue {
  return sequence(oid(OID.data), explicit(0, octets(content)))
}

/** EncryptedData (RFC 5652 §8) under PBES2 (RFC 8018 §6.2). */
function encryptedContent(content: Uint8Array, password: string): DerValue {
  const salt = randomBytes(SALT_BYTES)
  const iv = randomBytes(16)
  const cipher = createCipheriv(
    'aes-256-cbc',
    pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256'),
    iv,
  )
  const encrypted = concatBytes(cipher.update(content), cipher.final())
  const derivation = sequence(
    oid(OID.pbkdf2),
    sequence(octets(salt), integer(ITERATIONS), algorithm(OID.hmacWithSha256)),
  )
  const scheme = sequence(
    oid(OID.pbes2),
    sequence(derivation, sequence(oid(OID.aes256Cbc), octets(iv))),
  )
  const encryptedContentInfo = sequence(oid(OID.data), scheme, implicit(0, encrypted))
  return sequence(oid(OID.encryptedData), explicit(0, sequence(integer(0), encryptedContentInfo)))
}

function macData(content: Uint8Array, password: string): DerValue {
  const salt = new Uint8Array(randomBytes(SALT_BYTES))
  const mac = createHmac('sha256', deriveMacKey(password, salt)).update(content).digest()
  const digestInfo = sequence(algorithm(OID.sha256), octets(mac))
  return sequence(digestInfo, octets(salt), integer(ITERATIONS))
}

/** RFC 7292 §B.2 with ID 3. One block of output is all that an HMAC-SHA-256 key needs, so steps 6B and 6C fall away. */
function deriveMacKey(password: string, salt: Uint8Array): Uint8Array {
  const diversifier = new Uint8Array(SHA256_BLOCK_BYTES).fill(3)
  // §B.1: UTF-16 big-endian, with two zero bytes at the end.
  const text = Buffer.from(`${password}\0`, 'utf16le').swap16()
  let block: Uint8Array = concatBytes(diversifier, repeated(salt), repeated(text))
  for (let round = 0; round < ITERATIONS; round++)
    block = createHash('sha256').update(block).digest()
  return block.subarray(0, SHA256_BYTES)
}

/** Copies of the bytes, up to the next multiple of the block size. */
function repeated(bytes: Uint8Array): Uint8Array {
  const length = SHA256_BLOCK_BYTES * Math.ceil(bytes.length / SHA256_BLOCK_BYTES)
  return Uint8Array.from({ length }, (_, index) => bytes[index % bytes.length] ?? 0)
}

function algorithm(value: string): DerValue {
  return sequence(oid(value), new asn1js.Null())
}
