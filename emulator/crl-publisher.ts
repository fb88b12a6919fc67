// Which CRL an authority publishes under a file name: the base, a delta where the book has entries for
// one, or none at all.

import { encodeBaseCrl, encodeDeltaCrl } from './crl.ts'
import type { Emulation } from './emulation.ts'
import type { FaultAnswer } from './faults.ts'
import { issuedCertificates } from './issued-certificates.ts'
import {
  CRL_SUFFIX,
  DELTA_CRL_SUFFIX,
  deltaCrlUrlOf,
  isRevocationIssuer,
  REVOCATION_ISSUERS,
  type RevocationIssuer,
  type RevocationService,
} from './responders.ts'
import type { RevocationRecord } from './revocation-states.ts'

/** DER of the CRL that stands under a file name; undefined where there is none. */
export function publishCrl(
  file: string,
  emulation: Emulation,
  service: RevocationService,
  fault: FaultAnswer | undefined,
): Uint8Array | undefined {
  const isDelta = file.endsWith(DELTA_CRL_SUFFIX)
  const suffix = isDelta ? DELTA_CRL_SUFFIX : CRL_SUFFIX
  const issuer = file.slice(0, -suffix.length)
  if (!file.endsWith(suffix) || !isRevocationIssuer(issuer)) return undefined
  const records = recordsOf(issuer, emulation)
  // A CRL says of each certificate that it is on it or not: for an unknown state there must be none.
  if (records.some(({ state }) => state === 'unknown')) return undefined
  const revoked = records.filter(({ state }) => state === 'revoked')
  const hasDelta = revoked.some(({ list }) => list === 'delta')
  const template = {
    issuer: emulation.world.hierarchy[REVOCATION_ISSUERS[issuer]],
    now: emulation.now(),
    isExpired: records.some(({ state }) => state === 'expired'),
    fault,
  }
  if (isDelta) return hasDelta ? encodeDeltaCrl({ ...template, revoked }) : undefined
  const inBase = revoked.filter(({ list }) => list !== 'delta')
  const deltaUrl = hasDelta ? deltaCrlUrlOf(issuer, service) : undefined
  return encodeBaseCrl({ ...template, revoked: inBase }, deltaUrl)
}

function recordsOf(issuer: RevocationIssuer, emulation: Emulation): readonly RevocationRecord[] {
  const { world, store, revocations } = emulation
  return issuedCertificates(world.hierarchy, store.everyKeypair())
    .filter((certificate) => certificate.issuer === issuer)
    .map(({ serialNumber }) => revocations.recordOf(serialNumber))
    .filter((record) => record !== undefined)
}
