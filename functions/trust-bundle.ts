// The trust bundle of the deployment, for the operations that cannot do without.

import { NotationError } from '../shared/errors.ts'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import type { Deps } from './deps.ts'

/**
 * What is trusted.
 *
 * @throws {NotationError} `policy-invalid` where nothing is configured
 */
export function trustBundleOf({ trustBundle }: Deps): TrustBundle {
  if (trustBundle !== undefined) return trustBundle
  throw new NotationError(
    'policy-invalid',
    "Cannot verify: no trust policy is configured; set TRUST_BUNDLE or write notation's trustpolicy.json",
  )
}
