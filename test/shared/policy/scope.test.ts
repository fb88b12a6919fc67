import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkScope } from '../../../shared/policy/scope.ts'

// notation-go v1.3.2 verifier/trustpolicy/oci.go. They take exponential time on long texts here, linear in Go.
const REFERENCE_DOMAIN =
  /^(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))+)?(?::[0-9]+)?$/
const REFERENCE_REPOSITORY =
  /^[a-z0-9]+(?:(?:(?:[._]|__|[-]*)[a-z0-9]+)+)?(?:(?:\/[a-z0-9]+(?:(?:(?:[._]|__|[-]*)[a-z0-9]+)+)?)+)?$/

describe('checkScope()', () => {
  test('accepts what the expressions of the reference accept', () => {
    const character = fc.constantFrom('a', 'B', '0', '.', '_', '-', ':', '/')
    const part = fc.string({ unit: character, maxLength: 9 })
    fc.assert(
      fc.property(part, part, (domain, repository) => {
        const scope = `${domain}/${repository}`
        const [first = '', ...rest] = scope.split('/')
        const isAccepted = REFERENCE_DOMAIN.test(first) && REFERENCE_REPOSITORY.test(rest.join('/'))
        expect(checkScope(scope) === undefined).toBe(isAccepted)
      }),
      { numRuns: 3000 },
    )
  })

  test.each([
    `${'a'.repeat(200_000)}!/app`,
    `reg.io/${'a'.repeat(200_000)}!`,
    `reg.io/${'a-'.repeat(100_000)}`,
    `reg.io/${'a/'.repeat(100_000)}`,
  ])('refuses a long text without backtracking', (scope) => {
    expect(checkScope(scope)).toMatch(/is not valid, make sure/)
  })
})
