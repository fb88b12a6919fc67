// Registry scopes of trust policy statements: their form, and which statement an artifact falls under
// has its own file, select.ts.

import { quoteGo } from '../go-text.ts'

/** The scope of every artifact that no other statement names. */
export const ANY_SCOPE = '*'

const ADVICE =
  'make sure it is a fully qualified repository without the scheme, protocol or tag. For example domain.com/my/repository or a local scope like local/myOCILayout'

/**
 * The reference implementation's expressions accept the same texts, but nest quantifiers over parts
 * that may be empty: a backtracking engine would need exponential time. Here each text has one reading.
 */
const DOMAIN = /^[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*(?:\.[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*)*(?::[0-9]+)?$/
const REPOSITORY =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/

/**
 * Checks that a scope is `domain/repository`.
 *
 * @returns undefined when it is, else why not
 * @see trust-store-trust-policy.md §Registry Scopes Constraints
 */
export function checkScope(scope: string): string | undefined {
  if (scope.length > 1 && scope.includes('*'))
    return `registry scope ${quoteGo(scope)} with wild card(s) is not valid, ${ADVICE}`
  const slash = scope.indexOf('/')
  const isRepository =
    slash !== -1 && DOMAIN.test(scope.slice(0, slash)) && REPOSITORY.test(scope.slice(slash + 1))
  return isRepository ? undefined : `registry scope ${quoteGo(scope)} is not valid, ${ADVICE}`
}
