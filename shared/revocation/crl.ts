// Certificate revocation lists (RFC 5280 §5.1): DER to a plain typed value, the list of revoked
// certificates left as bytes (crl-entries.ts reads them). Reading proves nothing: check-crl.ts does.

import { equalBytes } from '../bytes.ts'
import { constructedTag, DER_TAG, type DerReader, parseDer, primitiveTag } from '../der.ts'
import { readTime } from '../der-time.ts'
import { type Extension, readDistributionPoints } from '../x509/extensions.ts'
import { type Name, readName } from '../x509/name.ts'
import {
  insecureAlgorithmName,
  readAlgorithmIdentifier,
  type SignatureAlgorithm,
  signatureAlgorithmOf,
} from '../x509/signature-algorithm.ts'
import { EXTENSION, extensionValue, readExtensionList } from './extension-list.ts'

/** A CRL as it was read: well-formed but for its entries, not trusted. Byte strings are views of `raw`. */
export interface Crl {
  /** DER of the whole. */
  readonly raw: Uint8Array
  /** DER of the part that is signed. */
  readonly tbs: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm | undefined
  /** Go's name of a signature algorithm that is known and refused, as `SHA1-RSA`. */
  readonly insecureSignature: string | undefined
  readonly signature: Uint8Array
  readonly issuer: Name
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  /** Content of revokedCertificates, unread. */
  readonly entries: Uint8Array
  readonly extensions: readonly Extension[]
  readonly number: bigint | undefined
  /** Of a delta CRL: the number of the oldest base that it completes. */
  readonly deltaIndicator: bigint | undefined
  /** URLs of the delta CRL, in order; undefined where there is no such extension. */
  readonly freshestCrlUrls: readonly string[] | undefined
  /** True for a list that may hold certificates of other issuers. */
  readonly isIndirect: boolean
}

const SOURCE = { code: 'encoding-invalid', object: 'CRL' } as const
/** RFC 5280 §5.2.3: CRL numbers take at most 20 octets. */
const MAX_NUMBER_BYTES = 20

/**
 * Reads a CRL.
 *
 * @param bytes - untrusted DER, below MAX_CRL_BYTES by whoever fetched it
 * @throws {NotationError} `encoding-invalid`
 */
export function parseCrl(bytes: Uint8Array): Crl {
  return parseDer(bytes, SOURCE, (der) => ({
    raw: bytes,
    ...der.inside(DER_TAG.sequence, readCrl),
  }))
}

function readCrl(der: DerReader): Omit<Crl, 'raw'> {
  const tbs = der.peekRaw(DER_TAG.sequence)
  const { algorithmRaw, ...fields } = der.inside(DER_TAG.sequence, readTbs)
  // RFC 5280 §5.1.1.2: as in certificates.
  if (!equalBytes(der.peekRaw(DER_TAG.sequence), algorithmRaw))
    throw der.malformed('its inner and outer signature algorithms differ')
  const identifier = readAlgorithmIdentifier(der)
  return {
    tbs,
    ...fields,
    ...readMeaning(fields.extensions),
    signatureAlgorithm: signatureAlgorithmOf(identifier),
    insecureSignature: insecureAlgorithmName(identifier.oid),
    signature: der.readBitStringBytes(),
  }
}

type TbsFields = Pick<Crl, 'issuer' | 'thisUpdate' | 'nextUpdate' | 'entries' | 'extensions'>

function readTbs(der: DerReader): TbsFields & { readonly algorithmRaw: Uint8Array } {
  // Version 1 has no field for it, nor extensions.
  if (!der.isNext(DER_TAG.integer) || der.readSmallInteger() !== 1)
    throw der.malformed('its version is not 2')
  const algorithmRaw = der.readRaw(DER_TAG.sequence)
  const issuer = readName(der)
  const thisUpdate = readTime(der)
  const hasNextUpdate = der.isNext(DER_TAG.utcTime) || der.isNext(DER_TAG.generalizedTime)
  const nextUpdate = hasNextUpdate ? readTime(der) : undefined
  const entries = der.isNext(DER_TAG.sequence)
    ? der.readContent(DER_TAG.sequence)
    : new Uint8Array()
  const extensions = der.insideOptional(constructedTag(0), readExtensionList) ?? []
  return { algorithmRaw, issuer, thisUpdate, nextUpdate, entries, extensions }
}

function readMeaning(
  extensions: readonly Extension[],
): Pick<Crl, 'number' | 'deltaIndicator' | 'freshestCrlUrls' | 'isIndirect'> {
  return {
    number: readValue(extensions, EXTENSION.crlNumber, readNumber),
    deltaIndicator: readValue(extensions, EXTENSION.deltaCrlIndicator, readNumber),
    freshestCrlUrls: readValue(extensions, EXTENSION.freshestCrl, readDistributionPoints)?.flat(),
    isIndirect: readValue(extensions, EXTENSION.issuingDistributionPoint, readIsIndirect) ?? false,
  }
}

function readValue<T>(
  extensions: readonly Extension[],
  oid: string,
  read: (der: DerReader) => T,
): T | undefined {
  const value = extensionValue(extensions, oid)
  return value === undefined ? undefined : parseDer(value, SOURCE, read)
}

function readNumber(der: DerReader): bigint {
  const content = der.readUnsignedInteger()
  // One more where the top bit is set.
  if (content.length > MAX_NUMBER_BYTES + 1) throw der.malformed('a CRL number is too large')
  return content.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
}

/**
 * `indirectCRL` of IssuingDistributionPoint (RFC 5280 §5.2.5). Its other fields narrow the scope, which
 * is not judged: all distribution points of a certificate are asked, as the reference does.
 */
function readIsIndirect(der: DerReader): boolean {
  return der.inside(DER_TAG.sequence, () => {
    let isIndirect = false
    while (!der.isAtEnd) {
      const tag = der.peekTag()
      const content = der.readContent(tag)
      if (tag === primitiveTag(4)) isIndirect = content.some((byte) => byte !== 0)
    }
    return isIndirect
  })
}
