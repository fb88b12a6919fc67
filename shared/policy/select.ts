// Which statement of a trust policy an artifact falls under.

import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import type { TrustPolicyDocument } from './document.ts'
import { POLICY_GUIDE_URL } from './policy-json.ts'
import { ANY_SCOPE, checkScope } from './scope.ts'
import type { TrustPolicyStatement } from './statement.ts'

/** The statement of an artifact, or the sentence which says that there is none. */
export type Selection =
  | { readonly statement: TrustPolicyStatement }
  | { readonly statement: undefined; readonly message: string }

/**
 * Selects the statement whose scope is the artifact's repository, else the one with the scope `*`.
 *
 * Scopes are compared exactly: case counts, ports count, nothing is completed.
 *
 * @param reference - `registry/repository@digest`
 * @throws {NotationError} `reference-invalid`
 * @see trust-store-trust-policy.md §Selecting a Trust Policy Based on Artifact URI
 */
export function selectStatement(policy: TrustPolicyDocument, reference: string): Selection {
  const scope = scopeOf(reference)
  const statementOf = (wanted: string): TrustPolicyStatement | undefined =>
    policy.statements.find(({ registryScopes }) => registryScopes.includes(wanted))
  const statement = statementOf(scope) ?? statementOf(ANY_SCOPE)
  if (statement !== undefined) return { statement }
  return {
    statement,
    message: `artifact ${quoteGo(reference)} has no applicable trust policy statement. Trust policy applicability for a given artifact is determined by registryScopes. To create a trust policy, see: ${POLICY_GUIDE_URL}; the registry scope looked for is ${quoteGo(scope)}`,
  }
}

function scopeOf(reference: string): string {
  const at = reference.lastIndexOf('@')
  if (at === -1)
    throw new NotationError(
      'reference-invalid',
      `artifact URI ${quoteGo(reference)} could not be parsed, make sure it is the fully qualified oci artifact URI without the scheme/protocol. e.g domain.com:80/my/repository@sha256:digest`,
    )
  const scope = reference.slice(0, at)
  const problem = checkScope(scope)
  if (problem !== undefined) throw new NotationError('reference-invalid', problem)
  return scope
}
