// What is worth a line in a log besides a chain's status, in the words of notation-go v1.3.2
// (verifier.revocationFinalResult).

import { quoteGo } from '../go-text.ts'
import type { CertificateRevocation, ChainRevocation } from './check-revocation.ts'

/** One line for a log. */
export interface RevocationNotice {
  readonly level: 'debug' | 'warn' | 'error'
  readonly message: string
}

/** The notices of a chain, root first, as the reference writes them. */
export function describeRevocation({ certificates }: ChainRevocation): readonly RevocationNotice[] {
  return certificates
    .map((certificate, index) => {
      const isRoot = index === certificates.length - 1
      return describeCertificate(certificate, index + 1, isRoot)
    })
    .toReversed()
    .flat()
}

function describeCertificate(
  { subject, status, method, servers }: CertificateRevocation,
  place: number,
  isRoot: boolean,
): readonly RevocationNotice[] {
  const name = quoteGo(subject)
  const notices: RevocationNotice[] = []
  if (method === 'OCSPFallbackCRL')
    notices.push({
      level: 'warn',
      message: `OCSP check failed with unknown error and fallback to CRL check for certificate #${place} in chain with subject ${name}`,
    })
  for (const { protocol, server, error } of servers) {
    if (error === undefined) continue
    const isSuperseded = method === 'OCSPFallbackCRL' && protocol === 'OCSP'
    notices.push({
      level: isSuperseded ? 'debug' : 'error',
      message: `Certificate #${place} in chain with subject ${name} encountered an error for revocation method ${protocol} at URL ${quoteGo(server)}: ${error}`,
    })
  }
  if (status === 'nonRevokable' && !isRoot)
    notices.push({
      level: 'warn',
      message: `Certificate #${place} in the chain with subject ${name} neither has an OCSP nor a CRL revocation method.`,
    })
  return notices
}
