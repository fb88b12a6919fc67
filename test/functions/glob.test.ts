import { describe, expect, test } from 'vitest'
import { createGlobMatcher } from '../../functions/glob.ts'

describe('createGlobMatcher()', () => {
  test.each([
    ['team/app', 'team/app', true],
    ['team/app', 'team/app2', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/a/b', false],
    ['team/*', 'team', false],
    ['team/**', 'team/app', true],
    ['team/**', 'team/a/b', true],
    ['team/**', 'teams/a', false],
    ['**', 'team/a/b', true],
    ['**', 'app', true],
    ['*', 'team/app', false],
    ['**/app', 'team/a/app', true],
    ['{team,group}/*', 'group/app', true],
    ['v*', 'v1.2.3', true],
    ['v*', 'latest', false],
    ['*', '.hidden', true],
    ['!team/*', 'other/app', false],
    ['team/app?', 'team/app1', true],
    ['team/app', 'team\\app', false],
    ['host.example.com:5000/team/*', 'host.example.com:5000/team/app', true],
  ])('%s of %s: %j', (glob, name, expected) => {
    expect(createGlobMatcher([glob])(name)).toBe(expected)
  })

  test('fits with one of several, and with none never', () => {
    expect(createGlobMatcher(['a/*', 'b/*'])('b/c')).toBe(true)
    expect(createGlobMatcher([])('b/c')).toBe(false)
  })
})
