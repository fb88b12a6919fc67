// What one OCSP or CRL server contributed to a certificate's revocation result.

/** The status of one certificate. `nonRevokable`: it names no server, or it is the root. */
export type RevocationStatus = 'ok' | 'revoked' | 'unknown' | 'nonRevokable'

/** What is asked. */
export type RevocationProtocol = 'OCSP' | 'CRL'

/** The outcome of one server that was tried. */
export interface ServerStatus {
  readonly protocol: RevocationProtocol
  /** URL as the certificate names it. */
  readonly server: string
  readonly status: Exclude<RevocationStatus, 'nonRevokable'>
  /** In the reference's words; undefined where the certificate stands as it should. */
  readonly error?: string
}
