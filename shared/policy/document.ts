// Trust policy documents for OCI artifacts, version 1.0: every rule of trust-store-trust-policy.md
// §Trust Policy, refused in notation-go v1.3.2's words. Policies for blobs have a file of their own.

import { quoteGo } from '../go-text.ts'
import type { IdentityMatching } from './identity.ts'
import { invalidPolicy, type JsonMember, readList, readMembers, readText } from './policy-json.ts'
import { ANY_SCOPE, checkScope } from './scope.ts'
import { parseStatement, readStatement, type TrustPolicyStatement } from './statement.ts'

/** A document that obeys every rule. */
export interface TrustPolicyDocument {
  /** At least one; no two share a name or a scope. */
  readonly statements: readonly TrustPolicyStatement[]
}

const VERSION = '1.0'

/**
 * Reads a trust policy document.
 *
 * Stricter than the reference implementation in one rule, which the specification has and it has not:
 * level skip does not go with the scope `*`.
 *
 * @param json - the parsed JSON
 * @param matching - the rules for trusted identities
 * @throws {NotationError} `policy-invalid`
 */
export function parseTrustPolicy(
  json: JsonMember,
  matching: IdentityMatching = 'reference',
): TrustPolicyDocument {
  const members = readMembers(json, ['version', 'trustPolicies'], 'the document')
  const version = readText(members.get('version'), 'version')
  const texts = readList(members.get('trustPolicies'), 'trustPolicies').map((value, index) =>
    readStatement(value, `trustPolicies[${index}]`),
  )
  if (version === '')
    throw invalidPolicy('trust policy document has empty version, version must be specified')
  if (version !== VERSION)
    throw invalidPolicy(`trust policy document uses unsupported version ${quoteGo(version)}`)
  if (texts.length === 0)
    throw invalidPolicy('trust policy document can not have zero trust policy statements')
  const names = new Set<string>()
  const statements = texts.map((text) => {
    if (names.has(text.name))
      throw invalidPolicy(
        `multiple trust policy statements use the same name ${quoteGo(text.name)}, statement names must be unique`,
      )
    names.add(text.name)
    return parseStatement(text, matching)
  })
  refuseScopes(statements)
  for (const statement of statements) refuseSkipOfAll(statement)
  return { statements }
}

function refuseScopes(statements: readonly TrustPolicyStatement[]): void {
  for (const { name, registryScopes } of statements) {
    const where = `trust policy statement ${quoteGo(name)}`
    if (registryScopes.length === 0)
      throw invalidPolicy(
        `${where} has zero registry scopes, it must specify registry scopes with at least one value`,
      )
    if (registryScopes.length > 1 && registryScopes.includes(ANY_SCOPE))
      throw invalidPolicy(
        `${where} uses wildcard registry scope '*', a wildcard scope cannot be used in conjunction with other scope values`,
      )
    for (const scope of registryScopes) {
      const problem = scope === ANY_SCOPE ? undefined : checkScope(scope)
      if (problem !== undefined) throw invalidPolicy(problem)
    }
  }
  const seen = new Set<string>()
  for (const scope of statements.flatMap(({ registryScopes }) => registryScopes)) {
    if (seen.has(scope))
      throw invalidPolicy(
        `registry scope ${quoteGo(scope)} is present in multiple trust policy statements, one registry scope value can only be associated with one statement`,
      )
    seen.add(scope)
  }
}

/** trust-store-trust-policy.md §Registry Scopes Constraints; the reference implementation lets it pass. */
function refuseSkipOfAll({
  name,
  registryScopes,
  signatureVerification,
}: TrustPolicyStatement): void {
  if (signatureVerification.level.name !== 'skip' || !registryScopes.includes(ANY_SCOPE)) return
  throw invalidPolicy(
    `trust policy statement ${quoteGo(name)} skips signature verification for registry scope '*', which would trust every artifact; name the repositories that are not to be verified`,
  )
}
