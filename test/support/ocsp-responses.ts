// OCSP responses for tests, each with whatever deviation the test names.

import { createHash } from 'node:crypto'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { constructedTag, DER_TAG, primitiveTag } from '../../shared/der.ts'
import {
  encodeBitString,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../shared/der-encode.ts'
import { publicKeyBits } from '../../shared/revocation/certificate-id.ts'
import type { Certificate } from '../../shared/x509/certificate.ts'
import type { IssuedCertificate } from './certificates.ts'
import { type SignatureName, signatureOf } from './keys.ts'

/** When answers were made, and until when they count, unless a test says otherwise. */
export const MADE_AT = new Date('2020-01-01T00:00:00Z')
export const COUNTS_UNTIL = new Date('2099-01-01T00:00:00Z')

/** What is said of one certificate. */
export interface SingleOptions {
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly status?: 'good' | 'revoked' | 'unknown'
  /** DER CertStatus in place of the right one. */
  readonly statusDer?: Uint8Array
  readonly reason?: number
  readonly thisUpdate?: Date
  /** Null leaves it out. */
  readonly nextUpdate?: Date | null
  readonly hash?: 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512'
  /** Dotted, in place of the right one. */
  readonly hashOid?: string
  readonly nameHash?: Uint8Array
  readonly keyHash?: Uint8Array
  readonly serialNumber?: Uint8Array
  /** Whole Extension values. */
  readonly extensions?: readonly Uint8Array[]
}

/** What a response is to be. */
export interface OcspOptions {
  readonly responses: readonly SingleOptions[]
  readonly signer: IssuedCertificate
  /** DER certificates sent along. */
  readonly certificates?: readonly Uint8Array[]
  readonly responderId?: 'name' | 'key'
  /** Whom the responder ID names, where not the signer. */
  readonly responder?: Certificate
  readonly version?: number
  readonly extensions?: readonly Uint8Array[]
  readonly signature?: SignatureName
  /** Changes the signature's bytes. */
  readonly alterSignature?: (signature: Uint8Array) => Uint8Array
  readonly responseType?: string
}

const HASH_OIDS = {
  'SHA-1': '1.3.14.3.2.26',
  'SHA-256': '2.16.840.1.101.3.4.2.1',
  'SHA-384': '2.16.840.1.101.3.4.2.2',
  'SHA-512': '2.16.840.1.101.3.4.2.3',
} as const

/** DER OCSPResponse, successful. */
export function buildOcspResponse(options: OcspOptions): Uint8Array {
  const { signer, certificates, alterSignature = (signature) => signature } = options
  const tbs = encodeResponseData(options)
  const algorithm = signatureOf(signer.key, options.signature)
  const basic = encodeSequence(
    tbs,
    algorithm.identifier,
    encodeBitString(alterSignature(algorithm.sign(tbs))),
    ...(certificates === undefined
      ? []
      : [encodeTagged(constructedTag(0), encodeSequence(...certificates))]),
  )
  return encodeSequence(
    encodeStatus(0),
    encodeTagged(
      constructedTag(0),
      encodeSequence(
        encodeObjectIdentifier(options.responseType ?? '1.3.6.1.5.5.7.48.1.1'),
        encodeOctetString(basic),
      ),
    ),
  )
}

/** DER OCSPResponse that says only why there is none. */
export function buildOcspRefusal(status: number): Uint8Array {
  return encodeSequence(encodeStatus(status))
}

/** GeneralizedTime with seconds. */
export function encodeGeneralizedTime(at: Date): Uint8Array {
  const digits = at
    .toISOString()
    .replace(/\.\d*Z$/, '')
    .replace(/\D/g, '')
  return encodeTagged(DER_TAG.generalizedTime, encodeUtf8(`${digits}Z`))
}

function encodeResponseData(options: OcspOptions): Uint8Array {
  const { version, extensions, responder = options.signer.certificate } = options
  return encodeSequence(
    ...(version === undefined
      ? []
      : [encodeTagged(constructedTag(0), encodeUnsignedInteger(version))]),
    options.responderId === 'key'
      ? encodeTagged(
          constructedTag(2),
          encodeOctetString(digestOf('SHA-1', publicKeyBits(responder))),
        )
      : encodeTagged(constructedTag(1), responder.subject.raw),
    encodeGeneralizedTime(MADE_AT),
    encodeSequence(...options.responses.map(encodeSingle)),
    ...(extensions === undefined
      ? []
      : [encodeTagged(constructedTag(1), encodeSequence(...extensions))]),
  )
}

function encodeSingle(options: SingleOptions): Uint8Array {
  const { certificate, issuer, hash = 'SHA-1', nextUpdate = COUNTS_UNTIL, extensions } = options
  return encodeSequence(
    encodeSequence(
      encodeSequence(encodeObjectIdentifier(options.hashOid ?? HASH_OIDS[hash]), encodeNull()),
      encodeOctetString(options.nameHash ?? digestOf(hash, issuer.subject.raw)),
      encodeOctetString(options.keyHash ?? digestOf(hash, publicKeyBits(issuer))),
      encodeTagged(DER_TAG.integer, options.serialNumber ?? certificate.serialNumber),
    ),
    options.statusDer ?? encodeCertStatus(options),
    encodeGeneralizedTime(options.thisUpdate ?? MADE_AT),
    ...(nextUpdate === null
      ? []
      : [encodeTagged(constructedTag(0), encodeGeneralizedTime(nextUpdate))]),
    ...(extensions === undefined
      ? []
      : [encodeTagged(constructedTag(1), encodeSequence(...extensions))]),
  )
}

function encodeCertStatus({ status = 'good', reason }: SingleOptions): Uint8Array {
  if (status !== 'revoked') return encodeTagged(primitiveTag(status === 'good' ? 0 : 2))
  return encodeTagged(
    constructedTag(1),
    encodeGeneralizedTime(MADE_AT),
    ...(reason === undefined
      ? []
      : [encodeTagged(constructedTag(0), encodeTagged(DER_TAG.enumerated, Uint8Array.of(reason)))]),
  )
}

function encodeStatus(status: number): Uint8Array {
  return encodeTagged(DER_TAG.enumerated, Uint8Array.of(status))
}

function digestOf(hash: keyof typeof HASH_OIDS, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(hash).update(bytes).digest())
}
