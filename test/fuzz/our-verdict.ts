// Our verdict on an altered signature, now: notation-go's clock cannot be set.

import type { TrustBundle } from '../../shared/policy/trust-bundle.ts'
import { createRevocationChecker } from '../../shared/revocation/revocation-checker.ts'
import { verifyArtifact } from '../../shared/verify/verify-artifact.ts'
import { ARTIFACT } from '../corpus/definition.ts'
import { nodeCrypto } from '../support/node-crypto.ts'
import { dependenciesOf } from '../support/ocsp-servers.ts'
import type { ResignedCase } from './resigned-cases.ts'

/** A verdict, with the first enforced check that failed. */
export interface OurVerdict {
  readonly isVerified: boolean
  readonly reason: string
}

/** Verifies a signature of the corpus's artifact; there is no revocation server. */
export async function verdictOn(
  signature: Pick<ResignedCase, 'mediaType' | 'envelope'>,
  bundle: TrustBundle,
): Promise<OurVerdict> {
  const { mediaType, envelope } = signature
  const found = await verifyArtifact(
    { ...ARTIFACT, signatures: [{ mediaType, envelope }] },
    {
      bundle,
      now: new Date(),
      crypto: nodeCrypto,
      revocation: createRevocationChecker(dependenciesOf({})),
    },
  )
  const failed = found.signatures[0]?.checks.find(
    ({ action, result }) => action === 'enforce' && result === 'failed',
  )
  return { isVerified: found.verified, reason: `${failed?.code}: ${failed?.message}` }
}
