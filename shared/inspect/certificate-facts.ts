// What is shown of a certificate. That it was read says nothing about who issued it.

import { toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import type { Certificate } from '../x509/certificate.ts'
import { formatName } from '../x509/name.ts'

/** A certificate as `notation inspect` shows it. */
export interface CertificateFacts {
  /** Lower-case hexadecimal, of the DER. */
  readonly sha256Fingerprint: string
  /** Subject and issuer as Go prints names. */
  readonly issuedTo: string
  readonly issuedBy: string
  /** First and last moment of its validity. */
  readonly notBefore: Date
  readonly notAfter: Date
}

/** Facts of certificates, in their order. */
export function readCertificateFacts(
  certificates: readonly Certificate[],
  crypto: Crypto,
): Promise<readonly CertificateFacts[]> {
  return Promise.all(
    certificates.map(async ({ raw, subject, issuer, notBefore, notAfter }) => ({
      sha256Fingerprint: toHex(await crypto.digest('SHA-256', raw)),
      issuedTo: formatName(subject),
      issuedBy: formatName(issuer),
      notBefore,
      notAfter,
    })),
  )
}
