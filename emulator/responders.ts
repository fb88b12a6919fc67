// Which authorities have revocation responders, and the URLs at which these stand.

import type { Responders } from './certificate.ts'

/** Authorities that have responders, by their names in URLs, each with its role in the hierarchy. */
export const REVOCATION_ISSUERS = {
  'signing-root': 'signingRoot',
  'signing-ca': 'signingIntermediate',
  'tsa-root': 'tsaRoot',
  'tsa-ca': 'tsaIntermediate',
  'legacy-root': 'crossRoot',
} as const
/** One of them by its name in URLs. */
export type RevocationIssuer = keyof typeof REVOCATION_ISSUERS

/** All of their names. */
export const REVOCATION_ISSUER_NAMES = Object.keys(
  REVOCATION_ISSUERS,
) as readonly RevocationIssuer[]

/** Whether a part of a path names an authority that has responders. */
export function isRevocationIssuer(name: string): name is RevocationIssuer {
  return Object.hasOwn(REVOCATION_ISSUERS, name)
}

/** What the certificates of an issuer name. @param url - of the responders' port, without a trailing slash */
export function respondersOf(issuer: RevocationIssuer, url: string): Responders {
  return { ocspUrl: `${url}/ocsp/${issuer}`, crlUrl: `${url}/crl/${issuer}.crl` }
}

/** What the base CRL of an issuer names when there is a delta CRL. */
export function deltaCrlUrlOf(issuer: RevocationIssuer, url: string): string {
  return `${url}/crl/${issuer}${DELTA_CRL_SUFFIX}`
}

/** End of a delta CRL's path. */
export const DELTA_CRL_SUFFIX = '-delta.crl'
