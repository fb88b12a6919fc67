// Makes RFC 3161 responses: granted ones with a token that the notation CLI and OpenSSL accept, and
// rejections.

import { createHash, type KeyObject, randomBytes } from 'node:crypto'
import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { encode, integer, namedBits, octets, oid, sequence, serialNumber } from './der.ts'
import type { FaultAnswer } from './faults.ts'
import type { Hierarchy } from './hierarchy.ts'
import {
  FAILURE_BITS,
  TIMESTAMP_POLICY,
  type TimestampRejection,
  type TimestampRequest,
} from './timestamp-request.ts'

/** What a token is made of beside the request. */
export interface TokenOptions {
  readonly hierarchy: Hierarchy
  readonly genTime: Date
  /** Whether the token holds the TSA root as another root has cross-signed it. */
  readonly hasCrossCertificate: boolean
  readonly fault?: FaultAnswer | undefined
}

/** PKIStatus (RFC 3161 §2.4.2). */
const GRANTED = 0
const REJECTION = 2

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const

/** The clock of the machine is good for this much. */
const ACCURACY_SECONDS = 1
const SERIAL_NUMBER_BYTES = 16

/** DER of a response that grants. */
export async function encodeGranted(
  request: TimestampRequest,
  options: TokenOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const status = sequence(integer(GRANTED))
  const token = await createToken(request, options)
  return encode(sequence(status, token))
}

/** DER of a response that rejects. */
export function encodeRejected({ failure, text }: TimestampRejection): Uint8Array<ArrayBuffer> {
  const status = sequence(
    integer(REJECTION),
    sequence(new asn1js.Utf8String({ value: text })),
    namedBits(FAILURE_BITS[failure]),
  )
  return encode(sequence(status))
}

async function createToken(
  request: TimestampRequest,
  options: TokenOptions,
): Promise<asn1js.Sequence> {
  const { tsa } = options.hierarchy
  const certificate = pkijs.Certificate.fromBER(new Uint8Array(tsa.certificate))
  const content = encodeInfo(request, options)
  const encapContentInfo = new pkijs.EncapsulatedContentInfo({ eContentType: OID.tstInfo })
  // Set afterwards: the constructor would make a constructed OCTET STRING of it, which is no DER
  // (X.690 §10.2) and which Go does not read.
  encapContentInfo.eContent = new asn1js.OctetString({ valueHex: content })
  const signedData = new pkijs.SignedData({
    version: 3,
    encapContentInfo,
    signerInfos: [
      new pkijs.SignerInfo({
        version: 1,
        sid: new pkijs.IssuerAndSerialNumber({
          issuer: certificate.issuer,
          serialNumber: certificate.serialNumber,
        }),
        signedAttrs: new pkijs.SignedAndUnsignedAttributes({
          type: 0,
          attributes: signedAttributes(content, tsa.certificate, options.genTime),
        }),
      }),
    ],
    ...(request.wantsCertificates ? { certificates: tokenCertificates(options) } : {}),
  })
  await signedData.sign(signingKey(tsa.key), 0, 'SHA-256')
  return new pkijs.ContentInfo({
    contentType: OID.signedData,
    content: signedData.toSchema(true),
  }).toSchema()
}

/** TSTInfo (RFC 3161 §2.4.2): no `ordering`, no `tsa`, as DigiCert's. */
function encodeInfo(request: TimestampRequest, options: TokenOptions): ArrayBuffer {
  const nonce = options.fault === 'wrong-nonce' ? randomInteger() : request.nonce
  const info = new pkijs.TSTInfo({
    version: 1,
    policy: TIMESTAMP_POLICY,
    messageImprint:
      options.fault === 'wrong-imprint'
        ? otherImprint(request.messageImprint)
        : request.messageImprint,
    serialNumber: randomInteger(),
    // Whole seconds: GeneralizedTime without a fraction is what every reader takes.
    genTime: new Date(Math.floor(options.genTime.getTime() / 1000) * 1000),
    accuracy: new pkijs.Accuracy({ seconds: ACCURACY_SECONDS }),
    ...(nonce === undefined ? {} : { nonce }),
  })
  return info.toSchema().toBER()
}

/** In DER order, because what is signed is their SET OF (RFC 5652 §5.4). */
function signedAttributes(
  content: ArrayBuffer,
  certificate: Uint8Array,
  signingTime: Date,
): pkijs.Attribute[] {
  const digest = createHash('sha256').update(new Uint8Array(content)).digest()
  const certificateHash = createHash('sha256').update(certificate).digest()
  // ESSCertIDv2 (RFC 5035 §4): its hash algorithm is SHA-256 when it names none.
  const signingCertificate = sequence(sequence(sequence(octets(certificateHash))))
  const attributes = [
    attribute(OID.contentType, oid(OID.tstInfo)),
    attribute(OID.signingTime, new asn1js.UTCTime({ valueDate: signingTime })),
    attribute(OID.messageDigest, octets(digest)),
    attribute(OID.signingCertificateV2, signingCertificate),
  ]
  const encoded = (value: pkijs.Attribute) => Buffer.from(value.toSchema().toBER())
  return attributes.toSorted((a, b) => Buffer.compare(encoded(a), encoded(b)))
}

/** Leaf and intermediate; the self-signed root is never in there, as in DigiCert's tokens. */
function tokenCertificates({ hierarchy, hasCrossCertificate }: TokenOptions): pkijs.Certificate[] {
  const certificates = [
    hierarchy.tsa.certificate,
    hierarchy.tsaIntermediate.certificate,
    ...(hasCrossCertificate ? [hierarchy.tsaCross] : []),
  ]
  return certificates.map((der) => pkijs.Certificate.fromBER(new Uint8Array(der)))
}

function otherImprint(imprint: pkijs.MessageImprint): pkijs.MessageImprint {
  const other = imprint.hashedMessage.valueBlock.valueHexView.map((byte) => byte ^ 0xff)
  return new pkijs.MessageImprint({
    hashAlgorithm: imprint.hashAlgorithm,
    hashedMessage: octets(other),
  })
}

function attribute(type: string, value: asn1js.BaseBlock): pkijs.Attribute {
  return new pkijs.Attribute({ type, values: [value] })
}

function randomInteger(): asn1js.Integer {
  return serialNumber(randomBytes(SERIAL_NUMBER_BYTES))
}

/** A P-256 private key as pkijs takes it. */
function signingKey(key: KeyObject): CryptoKey {
  // One type for both names: Node's lists usages that the Web's does not know yet.
  return key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']) as CryptoKey
}
