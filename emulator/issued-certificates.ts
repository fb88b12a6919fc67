// The certificates whose state the responders know: those of the keypairs, of the authorities below the
// roots, and of the TSA. Those of TLS connections are not among them.

import { X509Certificate } from 'node:crypto'
import type { Hierarchy } from './hierarchy.ts'
import type { Keypair } from './keypair.ts'
import type { RevocationIssuer } from './responders.ts'

/** Certificates of the hierarchy by the names under which their state is set. */
const AUTHORITIES = {
  'signing-ca': ({ signingIntermediate }) => [signingIntermediate.certificate, 'signing-root'],
  'signing-cross': ({ signingCross }) => [signingCross, 'legacy-root'],
  'tsa-ca': ({ tsaIntermediate }) => [tsaIntermediate.certificate, 'tsa-root'],
  'tsa-cross': ({ tsaCross }) => [tsaCross, 'legacy-root'],
  tsa: ({ tsa }) => [tsa.certificate, 'tsa-ca'],
} as const satisfies Record<
  string,
  (hierarchy: Hierarchy) => readonly [certificate: Uint8Array, issuer: RevocationIssuer]
>
/** One of them. */
export type IssuedAuthority = keyof typeof AUTHORITIES

/** All of their names. */
export const ISSUED_AUTHORITIES = Object.keys(AUTHORITIES) as readonly IssuedAuthority[]

/** A certificate by all that it can be asked for. */
export interface IssuedCertificate {
  /** Of its keypair; absent where it is an authority's or the TSA's. */
  readonly alias?: string
  readonly authority?: IssuedAuthority
  readonly issuer: RevocationIssuer
  /** Lower-case hexadecimal digits. */
  readonly serialNumber: string
}

/** All that there are. */
export function issuedCertificates(
  hierarchy: Hierarchy,
  keypairs: readonly Keypair[],
): readonly IssuedCertificate[] {
  const authorities = ISSUED_AUTHORITIES.map((authority) => {
    const [certificate, issuer] = AUTHORITIES[authority](hierarchy)
    return { authority, issuer, serialNumber: serialNumberOf(certificate, certificate) }
  })
  const leaves = keypairs.flatMap(({ alias, certificates }) =>
    certificates.map((holder) => ({
      alias,
      issuer: 'signing-ca' as const,
      serialNumber: serialNumberOf(holder, holder.certificate),
    })),
  )
  return [...leaves, ...authorities]
}

/** Responders look at all certificates for each answer, and reading one is what takes time. */
const serialNumbers = new WeakMap<object, string>()

/** @param certificate - DER, or base64 of it */
function serialNumberOf(holder: object, certificate: Uint8Array | string): string {
  const known = serialNumbers.get(holder)
  if (known !== undefined) return known
  const der = typeof certificate === 'string' ? Buffer.from(certificate, 'base64') : certificate
  const serialNumber = new X509Certificate(der).serialNumber.toLowerCase()
  serialNumbers.set(holder, serialNumber)
  return serialNumber
}
