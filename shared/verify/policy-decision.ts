// What the trust policy says of an artifact before any signature is looked at: which statement decides, or
// the verdict where no signature does.

import type { Descriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { selectStatement } from '../policy/select.ts'
import type { TrustPolicyStatement } from '../policy/statement.ts'
import type { TrustBundle } from '../policy/trust-bundle.ts'
import type { ArtifactVerdict } from './outcome.ts'

/** The statement whose checks decide, or the verdict: no statement applies, or it skips verification. */
export type PolicyDecision =
  | { readonly statement: TrustPolicyStatement; readonly policy: ArtifactVerdict['policy'] }
  | { readonly verdict: ArtifactVerdict }

/**
 * Asks the trust policy about an artifact.
 *
 * @throws {NotationError} `reference-invalid`, also where it names another digest than the descriptor
 */
export function decideByPolicy(
  artifact: { readonly reference: string; readonly descriptor: Descriptor },
  bundle: TrustBundle,
): PolicyDecision {
  refuseOtherDigest(artifact)
  const selection = selectStatement(bundle.trustPolicy, artifact.reference)
  if (selection.statement === undefined) {
    const { message } = selection
    const policy = { bundleDigest: bundle.digest }
    const code = 'statement-missing'
    return { verdict: { verified: false, code, message, artifact, policy, signatures: [] } }
  }
  const { statement } = selection
  const level = statement.signatureVerification.level.name
  const policy = { statement: statement.name, level, bundleDigest: bundle.digest }
  if (level === 'skip') return { verdict: { verified: true, artifact, policy, signatures: [] } }
  return { statement, policy }
}

/** Or the verdict would speak of an artifact that nobody looked at. */
function refuseOtherDigest({ reference, descriptor }: ArtifactVerdict['artifact']): void {
  if (!reference.includes('@') || reference.endsWith(`@${descriptor.digest}`)) return
  throw new NotationError(
    'reference-invalid',
    `Cannot verify artifact ${quoteGo(reference)}: its descriptor has digest ${descriptor.digest}`,
  )
}
