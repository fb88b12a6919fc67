import { describe, expect, test } from 'vitest'
import { isProbe, routeOf } from '../../../../functions/server/traces/request-route.ts'

describe('routeOf()', () => {
  test.each([
    ['/v1/verify', '/v1/verify'],
    ['/v1/verify-blob', '/v1/verify-blob'],
    ['/v1/events/harbor', '/v1/events/{source}'],
    ['/v1/events/hub/secret-segment', '/v1/events/{source}'],
    ['/v1/signing-jobs/some-id/replay', '/v1/signing-jobs/{id}/replay'],
    ['/v1/rules/explain', '/v1/rules/explain'],
    ['/v1/events', undefined],
    ['/v1/events/hub/secret/more', undefined],
    ['/v1/verify/secret', undefined],
    ['/v1/secret', undefined],
    ['/v1/__proto__', undefined],
    ['/secret', undefined],
    ['/', undefined],
  ])('of %s is %s', (path, route) => {
    expect(routeOf(path)).toBe(route)
  })
})

test('isProbe() knows what probes ask for', () => {
  expect(['/livez', '/readyz', '/v1/verify'].map(isProbe)).toEqual([true, true, false])
})
