// How OCSP names a certificate: hashes of its issuer's name and key, and its serial number (CertID,
// RFC 6960 §4.1.1). Asking and answering stand in ocsp-request.ts and ocsp-response.ts.

import type { MaybePromise } from '../crypto.ts'
import { DER_TAG, type DerReader, parseDer } from '../der.ts'
import type { Certificate } from '../x509/certificate.ts'

/** Dotted object identifier of SHA-1 (RFC 3279 §2.2.1). */
export const SHA1_OID = '1.3.14.3.2.26'

/** An issuer as a CertID names it. */
export interface IssuerHashes {
  readonly nameHash: Uint8Array
  readonly keyHash: Uint8Array
}

/** The hashes of a certificate's name and key, by whatever hash function. */
export async function issuerHashesOf(
  issuer: Certificate,
  digest: (bytes: Uint8Array) => MaybePromise<Uint8Array>,
): Promise<IssuerHashes> {
  return {
    nameHash: await digest(issuer.subject.raw),
    keyHash: await digest(publicKeyBits(issuer)),
  }
}

/** The subjectPublicKey's bits, without the algorithm: what key hashes are taken of. */
export function publicKeyBits({ spki }: Certificate): Uint8Array {
  const source = { code: 'certificate-malformed', object: 'public key' } as const
  return parseDer(spki, source, (der) => der.inside(DER_TAG.sequence, readKeyBits))
}

function readKeyBits(der: DerReader): Uint8Array {
  der.readRaw(DER_TAG.sequence)
  return der.readBitStringBytes()
}
