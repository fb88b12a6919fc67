// Who signs an authority's OCSP answers: a delegate that it has issued for nothing else (RFC 6960
// §4.2.2.2), new for each run, or itself.

import { extendedKeyUsage, issueCertificate, keyUsage, ocspNoCheck } from './certificate.ts'
import { authorityValidity, type Hierarchy } from './hierarchy.ts'
import { generateEcKey, publicKeyInfo } from './key-material.ts'
import type { OcspSigner } from './ocsp-response.ts'
import { REVOCATION_ISSUERS, type RevocationIssuer } from './responders.ts'
import type { NameAttributes } from './x509-parts.ts'

/** The signers of all authorities; each delegate is made when it is first needed. */
export class OcspSigners {
  readonly #hierarchy: Hierarchy
  readonly #now: () => Date
  readonly #delegates = new Map<RevocationIssuer, OcspSigner>()

  constructor(hierarchy: Hierarchy, now: () => Date) {
    this.#hierarchy = hierarchy
    this.#now = now
  }

  /** The authority itself. */
  authority(issuer: RevocationIssuer): OcspSigner {
    const { subject, key } = this.#hierarchy[REVOCATION_ISSUERS[issuer]]
    return { subject, key, certificate: undefined }
  }

  /** Its delegate. */
  delegate(issuer: RevocationIssuer): OcspSigner {
    const known = this.#delegates.get(issuer)
    if (known !== undefined) return known
    const delegate = createDelegate(issuer, this.authority(issuer), this.#now())
    this.#delegates.set(issuer, delegate)
    return delegate
  }
}

function createDelegate(issuer: RevocationIssuer, authority: OcspSigner, now: Date): OcspSigner {
  const key = generateEcKey('P256')
  const subject: NameAttributes = [
    ['C', 'US'],
    ['O', 'STM Emulator (tests only)'],
    ['CN', `OCSP Responder of ${issuer}`],
  ]
  const template = {
    subject,
    publicKey: publicKeyInfo(key),
    extensions: [
      keyUsage('digitalSignature'),
      extendedKeyUsage('OCSPSigning', { critical: false }),
      ocspNoCheck(),
    ],
    ...authorityValidity(now),
  }
  return { subject, key, certificate: issueCertificate(template, authority) }
}
