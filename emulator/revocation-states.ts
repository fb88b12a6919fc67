// What the responders can say of a certificate: its states, and what is kept of one that is not good.

/** States with what the responders then answer. */
export const REVOCATION_STATES = {
  good: 'OCSP: good; CRL: not listed',
  revoked: 'OCSP: revoked; CRL: listed',
  unknown: 'OCSP: unknown; CRL: not there, for all certificates of the issuer',
  expired: 'OCSP: good, for a time that is past; CRL: likewise, for all certificates of the issuer',
} as const
/** One of them. */
export type RevocationState = keyof typeof REVOCATION_STATES

/** CRLReason (RFC 5280 §5.3.1) without `removeFromCRL`, which takes a certificate off the list. */
export const REVOCATION_REASONS = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
  aACompromise: 10,
} as const
/** A reason by its name in RFC 5280. */
export type RevocationReason = keyof typeof REVOCATION_REASONS

/** What the book holds of a certificate that is not good. Instants are ISO 8601. */
export interface RevocationRecord {
  readonly serialNumber: string
  readonly state: Exclude<RevocationState, 'good'>
  /** From here on only with `revoked`. */
  readonly reason?: RevocationReason
  readonly revokedAt?: string
  readonly invalidityDate?: string
  /** In which CRL it stands. */
  readonly list?: RevocationList
}

/** CRLs by name: the one that lists all, and the one that completes it. */
export const REVOCATION_LISTS = ['base', 'delta'] as const
/** One of them. */
export type RevocationList = (typeof REVOCATION_LISTS)[number]
