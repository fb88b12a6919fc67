// CRLs for tests, each with whatever deviation the test names.

import { encodeUtf8 } from '../../shared/bytes.ts'
import { constructedTag, DER_TAG, primitiveTag } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../shared/der-encode.ts'
import type { Certificate } from '../../shared/x509/certificate.ts'
import { encodeExtension, encodeTime } from './certificate-encoding.ts'
import type { IssuedCertificate } from './certificates.ts'
import { type SignatureName, signatureOf } from './keys.ts'
import { COUNTS_UNTIL, encodeGeneralizedTime, MADE_AT } from './ocsp-responses.ts'

/** An entry of a CRL. */
export interface EntryOptions {
  readonly certificate?: Certificate
  /** Content octets of the INTEGER, in place of the certificate's. */
  readonly serialNumber?: Uint8Array
  readonly revokedAt?: Date
  readonly reason?: number
  readonly invalidityDate?: Date
  /** Whole Extension values, behind the others. */
  readonly extensions?: readonly Uint8Array[]
}

/** What a CRL is to be. */
export interface CrlOptions {
  readonly issuer: IssuedCertificate
  /** DER name, in place of the issuer's. */
  readonly issuerName?: Uint8Array
  readonly entries?: readonly EntryOptions[]
  /** DER in place of revokedCertificates. */
  readonly entriesDer?: Uint8Array
  readonly thisUpdate?: Date
  /** Null leaves it out. */
  readonly nextUpdate?: Date | null
  /** Null leaves it out. */
  readonly number?: number | null
  /** Makes it a delta CRL. */
  readonly deltaIndicator?: number
  readonly freshestCrlUrls?: readonly string[]
  /** Whole Extension values, behind the others. */
  readonly extensions?: readonly Uint8Array[]
  readonly version?: number | null
  readonly signature?: SignatureName
  readonly alterSignature?: (signature: Uint8Array) => Uint8Array
  readonly outerAlgorithm?: Uint8Array
}

/** DER CertificateList. */
export function buildCrl(options: CrlOptions): Uint8Array {
  const { issuer, alterSignature = (signature) => signature } = options
  const algorithm = signatureOf(issuer.key, options.signature)
  const tbs = encodeTbs(options, algorithm.identifier)
  return encodeSequence(
    tbs,
    options.outerAlgorithm ?? algorithm.identifier,
    encodeBitString(alterSignature(algorithm.sign(tbs))),
  )
}

/** DER of one entry. */
export function encodeEntry(entry: EntryOptions): Uint8Array {
  const serialNumber = entry.serialNumber ?? entry.certificate?.serialNumber ?? Uint8Array.of(1)
  const extensions = [
    ...(entry.reason === undefined
      ? []
      : [
          encodeExtension(
            '2.5.29.21',
            encodeTagged(DER_TAG.enumerated, Uint8Array.of(entry.reason)),
          ),
        ]),
    ...(entry.invalidityDate === undefined
      ? []
      : [encodeExtension('2.5.29.24', encodeGeneralizedTime(entry.invalidityDate))]),
    ...(entry.extensions ?? []),
  ]
  return encodeSequence(
    encodeTagged(DER_TAG.integer, serialNumber),
    encodeTime(entry.revokedAt ?? MADE_AT),
    ...(extensions.length === 0 ? [] : [encodeSequence(...extensions)]),
  )
}

/** Extension value of a freshest CRL: one distribution point for each URL. */
export function encodeCrlPoints(urls: readonly string[]): Uint8Array {
  return encodeSequence(
    ...urls.map((url) => {
      const name = encodeTagged(primitiveTag(6), encodeUtf8(url))
      return encodeSequence(encodeTagged(constructedTag(0), encodeTagged(constructedTag(0), name)))
    }),
  )
}

/** A critical issuing distribution point extension with one BOOLEAN field set: 1 user, 2 CA, 4 indirect, 5 attribute. */
export function encodeIssuingPoint(field: 1 | 2 | 4 | 5): Uint8Array {
  const value = encodeSequence(encodeTagged(primitiveTag(field), Uint8Array.of(0xff)))
  return encodeExtension('2.5.29.28', value, true)
}

function encodeTbs(options: CrlOptions, algorithm: Uint8Array): Uint8Array {
  const { version = 1, nextUpdate = COUNTS_UNTIL, entries } = options
  const extensions = encodeExtensions(options)
  return encodeSequence(
    ...(version === null ? [] : [encodeUnsignedInteger(version)]),
    algorithm,
    options.issuerName ?? options.issuer.certificate.subject.raw,
    encodeTime(options.thisUpdate ?? MADE_AT),
    ...(nextUpdate === null ? [] : [encodeTime(nextUpdate)]),
    options.entriesDer ??
      (entries === undefined ? new Uint8Array() : encodeSequence(...entries.map(encodeEntry))),
    ...(extensions.length === 0
      ? []
      : [encodeTagged(constructedTag(0), encodeSequence(...extensions))]),
  )
}

function encodeExtensions(options: CrlOptions): readonly Uint8Array[] {
  const { number = 1, deltaIndicator, freshestCrlUrls, extensions = [] } = options
  return [
    ...(number === null ? [] : [encodeExtension('2.5.29.20', encodeUnsignedInteger(number))]),
    ...(deltaIndicator === undefined
      ? []
      : [encodeExtension('2.5.29.27', encodeUnsignedInteger(deltaIndicator), true)]),
    ...(freshestCrlUrls === undefined
      ? []
      : [encodeExtension('2.5.29.46', encodeCrlPoints(freshestCrlUrls))]),
    ...extensions,
  ]
}
