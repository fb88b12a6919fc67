// Reads OCSP requests (RFC 6960 §4.1). A signature on one is let be, as most responders do.

import * as asn1js from 'asn1js'
import * as pkijs from 'pkijs'
import { decodeBase64 } from '../shared/base64.ts'
import { type DerValue, encode, encoded } from './der.ts'

/** One certificate that is asked about. */
export interface AskedCertificate {
  /** As the client encoded it: the answer repeats it. */
  readonly certId: DerValue
  readonly hashOid: string
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** Lower-case hexadecimal digits. */
  readonly serialNumber: string
}

/** A request that can be answered. */
export interface OcspRequest {
  readonly asked: readonly AskedCertificate[]
  /** OCTET STRING of the client's, within the value of the nonce extension. */
  readonly nonce: Uint8Array | undefined
}

/** id-pkix-ocsp-nonce. */
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2'
/** RFC 9654 §2.1. */
const MAX_NONCE_BYTES = 128

/** The request; undefined for what is none, which earns malformedRequest. */
export function parseOcspRequest(bytes: Uint8Array<ArrayBuffer>): OcspRequest | undefined {
  // fromBER throws for some contents, such as times, and lets trailing bytes be.
  try {
    const { offset, result } = asn1js.fromBER(bytes)
    if (offset !== bytes.length) return undefined
    const { tbsRequest } = new pkijs.OCSPRequest({ schema: result })
    if ((tbsRequest.version ?? 0) !== 0 || tbsRequest.requestList.length === 0) return undefined
    const nonce = tbsRequest.requestExtensions?.find(({ extnID }) => extnID === OCSP_NONCE)
    const asked = tbsRequest.requestList.map(({ reqCert }) => askedCertificate(reqCert))
    return { asked, nonce: nonce === undefined ? undefined : nonceOf(nonce) }
  } catch {
    return undefined
  }
}

/**
 * The bytes of a request that stands in a path (RFC 6960 Appendix A.1): base64, percent-encoded.
 *
 * @param text - the path behind the responder's URL and its slash
 * @returns undefined for what is no base64
 */
export function decodeOcspPath(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(decodeBase64(decodeURIComponent(text)))
  } catch {
    return undefined
  }
}

function askedCertificate(certId: pkijs.CertID): AskedCertificate {
  const { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } = certId
  return {
    certId: encoded(encode(certId.toSchema())),
    hashOid: hashAlgorithm.algorithmId,
    issuerNameHash: issuerNameHash.valueBlock.valueHexView,
    issuerKeyHash: issuerKeyHash.valueBlock.valueHexView,
    serialNumber: Buffer.from(serialNumber.valueBlock.valueHexView)
      .toString('hex')
      .replace(/^(00)+(?=.)/, ''),
  }
}

/** @throws {TypeError} for what RFC 9654 does not allow */
function nonceOf({ extnValue }: pkijs.Extension): Uint8Array {
  const { offset, result } = asn1js.fromBER(new Uint8Array(extnValue.valueBlock.valueHexView))
  const nonce = result instanceof asn1js.OctetString ? result.valueBlock.valueHexView : undefined
  if (nonce === undefined || offset !== extnValue.valueBlock.valueHexView.length)
    throw new TypeError('the nonce is no OCTET STRING')
  if (nonce.length === 0 || nonce.length > MAX_NONCE_BYTES)
    throw new TypeError(`the nonce has ${nonce.length} bytes`)
  return nonce
}
