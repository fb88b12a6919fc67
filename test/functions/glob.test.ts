import fc from 'fast-check'
import picomatch from 'picomatch'
import { describe, expect, test } from 'vitest'
import { createGlobMatcher, findGlobFault } from '../../functions/glob.ts'

describe('createGlobMatcher()', () => {
  test.each([
    ['team/app', 'team/app', true],
    ['team/app', 'team/app2', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/a/b', false],
    ['team/*', 'team', false],
    ['team/**', 'team/app', true],
    ['team/**', 'team/a/b', true],
    ['team/**', 'team', false],
    ['team/**', 'teams/a', false],
    ['team/**/app', 'team/app', true],
    ['team/**/app', 'team/a/b/app', true],
    ['**', 'team/a/b', true],
    ['**', 'app', true],
    ['*', 'team/app', false],
    ['**/app', 'team/a/app', true],
    ['{team,group}/*', 'group/app', true],
    ['{team,group/{a,b}}/*', 'group/b/app', true],
    ['{team,group/{a,b}}/*', 'group/app', false],
    ['app{,-debug}', 'app', true],
    ['v*', 'v1.2.3', true],
    ['v*', 'latest', false],
    ['v*.*', 'v1.2.3', true],
    ['v1.2', 'v1x2', false],
    ['*', '.hidden', true],
    ['team/app?', 'team/app1', true],
    ['team?app', 'team/app', false],
    ['team/app', 'team\\app', false],
    ['host.example.com:5000/team/*', 'host.example.com:5000/team/app', true],
  ])('%s of %s: %j', (glob, name, expected) => {
    expect(findGlobFault(glob)).toBeUndefined()
    expect(createGlobMatcher([glob])(name)).toBe(expected)
  })

  test('fits with one of several, and with none never', () => {
    expect(createGlobMatcher(['a/*', 'b/*'])('b/c')).toBe(true)
    expect(createGlobMatcher([])('b/c')).toBe(false)
  })

  test('says of any name what picomatch says', () => {
    const part = fc.constantFrom('a', 'b', '*', '?', 'a*', '*b', '**', '{a,b}', '*a*b*')
    const globs = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))
    const names = fc
      .array(fc.stringMatching(/^[ab]{1,4}$/), { minLength: 1, maxLength: 5 })
      .map((segments) => segments.join('/'))
    fc.assert(
      fc.property(globs, names, (glob, name) => {
        const options = { windows: false, dot: true, strictSlashes: true }
        expect(createGlobMatcher([glob])(name)).toBe(picomatch(glob, options)(name))
      }),
      { numRuns: 2000 },
    )
  })

  test('one star crosses no slash', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z*]{0,5}\*[a-z*]{0,5}$/), fc.string(), (glob, name) => {
        fc.pre(!glob.includes('**'))
        expect(createGlobMatcher([glob])(`${name}/${name}`)).toBe(false)
      }),
    )
  })

  test('takes no longer for a glob of many stars than for its length and that of the name', () => {
    const matches = createGlobMatcher([`${'*a'.repeat(200)}*b`, `${'**/a/'.repeat(80)}b`])
    const startedAt = performance.now()
    expect(matches('a'.repeat(255))).toBe(false)
    expect(matches('a/'.repeat(127))).toBe(false)
    // A matcher that backtracks needs longer than anybody would wait.
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

describe('findGlobFault()', () => {
  const ALPHABET =
    'must be of letters, digits and ". _ - : /", with the wildcards "*", "**", "?" and "{a,b}"'
  const BRACES = 'must have a closing brace for each opening one, and commas between them alone'
  const EMPTY = 'must have no empty segment and no slash at either end'
  test.each([
    ['', ALPHABET],
    ['!team/*', ALPHABET],
    ['team/[ab]', ALPHABET],
    ['team/(a|b)', ALPHABET],
    ['team\\*', ALPHABET],
    ['team/{a', BRACES],
    ['team/a}', BRACES],
    ['a,b', BRACES],
    ['/team', EMPTY],
    ['team/', EMPTY],
    ['team//app', EMPTY],
    ['team/{a,}', EMPTY],
    ['{a,b}'.repeat(7), 'must stand for at most 100 globs without braces'],
  ])('refuses %s', (glob, fault) => {
    expect(findGlobFault(glob)).toBe(fault)
  })

  test('finds one in any text that cannot be used', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab/*?{},!') }),
        fc.string(),
        (glob, name) => {
          if (findGlobFault(glob) === undefined)
            expect(typeof createGlobMatcher([glob])(name)).toBe('boolean')
        },
      ),
    )
  })
})
