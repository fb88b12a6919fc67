// OCSP requests (RFC 6960 §4.1) as notation makes them: one certificate, SHA-1 names, neither nonce
// nor signature, so that responders may answer from what they signed beforehand.

import { encodeBase64 } from '../base64.ts'
import { DER_TAG } from '../der.ts'
import {
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
} from '../der-encode.ts'
import type { Certificate } from '../x509/certificate.ts'
import { issuerHashesOf, SHA1_OID } from './certificate-id.ts'
import type { RevocationRequest } from './fetch-revocation.ts'
import type { Sha1 } from './sha1.ts'

/** RFC 6960 §A.1: requests that are shorter, in base64 and escaped, may go by GET, which caches answer. */
const GET_CHARACTERS = 255

/** DER OCSPRequest that asks for one certificate. */
export async function encodeOcspRequest(
  certificate: Certificate,
  issuer: Certificate,
  sha1: Sha1,
): Promise<Uint8Array> {
  const { nameHash, keyHash } = await issuerHashesOf(issuer, sha1)
  const certificateId = encodeSequence(
    encodeSequence(encodeObjectIdentifier(SHA1_OID), encodeNull()),
    encodeOctetString(nameHash),
    encodeOctetString(keyHash),
    encodeTagged(DER_TAG.integer, certificate.serialNumber),
  )
  return encodeSequence(encodeSequence(encodeSequence(encodeSequence(certificateId))))
}

/**
 * The HTTP request that carries an OCSP request: GET where it is short enough, else POST.
 *
 * @param server - URL that the certificate names
 * @param request - DER OCSPRequest
 * @see RFC 6960 §A.1
 */
export function ocspHttpRequest(
  server: URL,
  request: Uint8Array,
): Pick<RevocationRequest, 'method' | 'url' | 'body' | 'contentType'> {
  const escaped = encodeURIComponent(encodeBase64(request))
  if (escaped.length >= GET_CHARACTERS)
    return { method: 'POST', url: server, body: request, contentType: 'application/ocsp-request' }
  const url = new URL(server)
  const separator = url.pathname.endsWith('/') ? '' : '/'
  url.pathname = `${url.pathname}${separator}${escaped}`
  return { method: 'GET', url }
}
