// All revocation cases, which test/vectors/revocation puts to the reference too.

import { crlCases } from './crl-cases.ts'
import { chainCases, deltaCases } from './crl-delta-cases.ts'
import { ocspCases } from './ocsp-cases.ts'
import { createPki, type RevocationCase } from './ocsp-crl-pki.ts'

/** Every case, with keys of its own. */
export function createRevocationCases(): readonly RevocationCase[] {
  const pki = createPki()
  return [...ocspCases(pki), ...crlCases(pki), ...deltaCases(pki), ...chainCases(pki)]
}
