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

/** Ways to ask that certificates can name. */
export const REVOCATION_METHODS = ['ocsp', 'crl'] as const
/** One of them. */
export type RevocationMethod = (typeof REVOCATION_METHODS)[number]

/** What all certificates of an emulator name; it is part of them and so never changes. */
export interface RevocationService {
  /** Base of the responders' URLs, without a trailing slash. */
  readonly url: string
  readonly methods: readonly RevocationMethod[]
}

/** Whether a part of a path names an authority that has responders. */
export function isRevocationIssuer(name: string): name is RevocationIssuer {
  return Object.hasOwn(REVOCATION_ISSUERS, name)
}

/** What the certificates of an issuer name. */
export function respondersOf(issuer: RevocationIssuer, service: RevocationService): Responders {
  const { url, methods } = service
  return {
    ocspUrl: methods.includes('ocsp') ? `${url}/ocsp/${issuer}` : undefined,
    crlUrl: methods.includes('crl') ? `${url}/crl/${issuer}${CRL_SUFFIX}` : undefined,
  }
}

/** What the base CRL of an issuer names when there is a delta CRL. */
export function deltaCrlUrlOf(issuer: RevocationIssuer, { url }: RevocationService): string {
  return `${url}/crl/${issuer}${DELTA_CRL_SUFFIX}`
}

/** End of a base CRL's path. */
export const CRL_SUFFIX = '.crl'
/** End of a delta CRL's path. */
export const DELTA_CRL_SUFFIX = '-delta.crl'
