// What an OCSP response says of a certificate, once it is proven: signed by the issuer or its
// delegate, about this certificate, of now. Stricter than the reference, which looks at neither the
// delegate's purpose and validity nor the responder's name, and lets SHA-1 signatures pass.

import { equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { type Certificate, isSameCertificate, parseCertificate } from '../x509/certificate.ts'
import { checkCertificateSignature, checkSignature } from '../x509/certificate-signature.ts'
import { PURPOSE } from '../x509/extensions.ts'
import { hashOf } from '../x509/signature-algorithm.ts'
import { issuerHashesOf, publicKeyBits, SHA1_OID } from './certificate-id.ts'
import { isBeforeInvalidity } from './invalidity-date.ts'
import { orMalformed } from './malformed.ts'
import type { OcspResponse, SingleResponse } from './ocsp-response.ts'
import type { Sha1 } from './sha1.ts'

/** A certificate and what its status is judged by. */
export interface OcspSubject {
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly now: Date
  /** When a signing authority says that it signed; revocation from later on does not count. */
  readonly signingTime: Date | undefined
  readonly crypto: Crypto
  readonly sha1: Sha1
}

/** What a response that is proven says, or why it proves nothing. */
export type OcspVerdict =
  | { readonly kind: 'status'; readonly status: 'good' | 'revoked' | 'unknown' }
  | { readonly kind: 'unproven'; readonly reason: string }

/** Clocks of responders may be ahead of ours by as much. */
const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000

/** Checks a response for one certificate: `reason` is in the reference's words where it has any. */
export async function checkOcspResponse(
  response: OcspResponse,
  subject: OcspSubject,
): Promise<OcspVerdict> {
  if (response.responses.length === 0)
    return unproven('OCSP response contains bad number of responses')
  const single = await findResponse(response, subject)
  if (typeof single === 'string') return unproven(single)
  const reason =
    (await checkResponder(response, subject)) ??
    checkExtensions(response, single) ??
    checkDates(single, subject.now)
  if (reason !== undefined) return unproven(reason)
  const isExcused =
    single.status === 'revoked' && isBeforeInvalidity(subject.signingTime, single.extensions)
  return { kind: 'status', status: isExcused ? 'good' : single.status }
}

/** As the reference the first one of the serial number; it has to name the issuer too. */
async function findResponse(
  { responses }: OcspResponse,
  { certificate, issuer, crypto, sha1 }: OcspSubject,
): Promise<SingleResponse | string> {
  const single = responses.find((candidate) =>
    equalBytes(candidate.serialNumber, certificate.serialNumber),
  )
  if (single === undefined) return 'no response matching the supplied certificate'
  const hash = hashOf(single.hashOid)
  if (hash === undefined && single.hashOid !== SHA1_OID) return 'unsupported issuer hash algorithm'
  const digest = hash === undefined ? sha1 : (bytes: Uint8Array) => crypto.digest(hash, bytes)
  const { nameHash, keyHash } = await issuerHashesOf(issuer, digest)
  const isOfIssuer =
    equalBytes(single.issuerNameHash, nameHash) && equalBytes(single.issuerKeyHash, keyHash)
  return isOfIssuer ? single : 'no response matching the supplied certificate'
}

/** RFC 6960 §4.2.2.2: the issuer itself, or a delegate that it issued for this purpose. */
async function checkResponder(
  response: OcspResponse,
  subject: OcspSubject,
): Promise<string | undefined> {
  const [embedded] = response.certificates
  const responder =
    embedded === undefined ? subject.issuer : orMalformed(() => parseCertificate(embedded))
  if (typeof responder === 'string') return responder
  const part = {
    algorithm: response.signatureAlgorithm,
    message: response.tbs,
    signature: response.signature,
  }
  const prefix =
    embedded === undefined ? 'bad OCSP signature' : 'bad signature on embedded certificate'
  if (response.insecureSignature !== undefined)
    return `${prefix}: x509: cannot verify signature: insecure algorithm ${response.insecureSignature}`
  // The reference knows neither in OCSP, and a verdict must not be better than its own.
  const name = response.signatureAlgorithm?.name
  if (name === 'RSA-PSS' || name === 'Ed25519')
    return `${prefix}: x509: cannot verify signature: algorithm unimplemented`
  const refusal = await checkSignature(part, responder, subject.crypto)
  if (refusal !== undefined) return `${prefix}: ${refusal}`
  return (
    (await checkResponderId(response, responder, subject.sha1)) ??
    (embedded === undefined ? undefined : checkDelegate(responder, subject))
  )
}

async function checkResponderId(
  { responderId }: OcspResponse,
  responder: Certificate,
  sha1: Sha1,
): Promise<string | undefined> {
  const isNamed =
    responderId.kind === 'name'
      ? equalBytes(responderId.name, responder.subject.raw)
      : equalBytes(responderId.hash, await sha1(publicKeyBits(responder)))
  return isNamed ? undefined : 'the responder ID does not name the certificate that signed'
}

async function checkDelegate(
  delegate: Certificate,
  { issuer, now, crypto }: OcspSubject,
): Promise<string | undefined> {
  const refusal = await checkCertificateSignature(delegate, issuer, crypto)
  if (refusal !== undefined) return `bad OCSP signature: ${refusal}`
  // A root may send itself along.
  if (isSameCertificate(delegate, issuer)) return undefined
  if (!equalBytes(delegate.issuer.raw, issuer.subject.raw))
    return 'bad OCSP signature: the embedded certificate names another issuer'
  if (!delegate.extendedKeyUsage?.purposes.includes(PURPOSE.ocspSigning))
    return 'the embedded certificate is not for OCSP signing'
  if (now < delegate.notBefore || now > delegate.notAfter)
    return 'the embedded certificate is not valid now'
  return undefined
}

function checkExtensions(response: OcspResponse, single: SingleResponse): string | undefined {
  const isCritical = [...single.extensions, ...response.extensions].some(({ critical }) => critical)
  return isCritical ? 'unsupported critical extension' : undefined
}

function checkDates({ thisUpdate, nextUpdate }: SingleResponse, now: Date): string | undefined {
  if (nextUpdate === undefined || now > nextUpdate)
    return 'error checking revocation status via OCSP: expired OCSP response'
  if (thisUpdate.getTime() > now.getTime() + MAX_CLOCK_SKEW_MS)
    return 'error checking revocation status via OCSP: OCSP response of the future'
  return undefined
}

function unproven(reason: string): OcspVerdict {
  return { kind: 'unproven', reason }
}
