// What an authority's OCSP responder answers to a request: of each certificate whether it has issued it,
// and what the book says.

import { createHash } from 'node:crypto'
import type { Issuer } from './certificate.ts'
import { encode } from './der.ts'
import type { Emulation } from './emulation.ts'
import type { FaultAnswer } from './faults.ts'
import { HASHES } from './hashes.ts'
import { issuedCertificates } from './issued-certificates.ts'
import { type AskedCertificate, parseOcspRequest } from './ocsp-request.ts'
import {
  type AskedState,
  encodeOcspAnswer,
  encodeOcspRefusal,
  publicKeyBits,
} from './ocsp-response.ts'
import type { OcspSigners } from './ocsp-signers.ts'
import { REVOCATION_ISSUERS, type RevocationIssuer } from './responders.ts'
import { encodeName } from './x509-parts.ts'

/** An authority's responder. */
export interface OcspResponder {
  readonly issuer: RevocationIssuer
  readonly emulation: Emulation
  readonly signers: OcspSigners
}

/** Hash functions that a CertID may name, by their object identifiers; SHA-1 is what most clients use. */
const CERT_ID_HASHES: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  ...Object.fromEntries(Object.values(HASHES).map(({ oid, opensslName }) => [oid, opensslName])),
}

/** DER of the response to a request's bytes; malformedRequest where they are none. */
export function answerOcsp(
  request: Uint8Array<ArrayBuffer> | undefined,
  responder: OcspResponder,
  fault: FaultAnswer | undefined,
): Uint8Array<ArrayBuffer> {
  if (fault === 'try-later') return encodeOcspRefusal('tryLater')
  const parsed = request === undefined ? undefined : parseOcspRequest(request)
  if (parsed === undefined) return encodeOcspRefusal('malformedRequest')
  const { issuer, emulation, signers } = responder
  const { profile } = emulation.behaviour
  const issued = issuedSerialNumbers(responder)
  return encodeOcspAnswer({
    states: parsed.asked.map((asked) => stateOf(asked, issued, responder)),
    nonce: parsed.nonce,
    now: emulation.now(),
    signer: profile.has('ocsp-by-authority') ? signers.authority(issuer) : signers.delegate(issuer),
    isNamedBySubject: profile.has('ocsp-by-name'),
    fault,
  })
}

function issuedSerialNumbers({ issuer, emulation }: OcspResponder): ReadonlySet<string> {
  const { world, store } = emulation
  const issued = issuedCertificates(world.hierarchy, store.everyKeypair())
  return new Set(
    issued.filter((one) => one.issuer === issuer).map(({ serialNumber }) => serialNumber),
  )
}

function stateOf(
  asked: AskedCertificate,
  issued: ReadonlySet<string>,
  { issuer, emulation }: OcspResponder,
): AskedState {
  const { certId, serialNumber } = asked
  const authority = emulation.world.hierarchy[REVOCATION_ISSUERS[issuer]]
  if (!issued.has(serialNumber) || !isOfIssuer(asked, authority))
    return { certId, record: { state: 'unknown' } }
  return { certId, record: emulation.revocations.recordOf(serialNumber) ?? 'good' }
}

/** CertID (RFC 6960 §4.1.1): the issuer's name and key, hashed. */
function isOfIssuer(
  { hashOid, issuerNameHash, issuerKeyHash }: AskedCertificate,
  { subject, key }: Issuer,
): boolean {
  const hash = CERT_ID_HASHES[hashOid]
  if (hash === undefined) return false
  const digest = (bytes: Uint8Array) => createHash(hash).update(bytes).digest()
  return (
    digest(encode(encodeName(subject))).equals(issuerNameHash) &&
    digest(publicKeyBits(key)).equals(issuerKeyHash)
  )
}
