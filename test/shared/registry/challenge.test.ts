import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseChallenges } from '../../../shared/registry/challenge.ts'

it.each([
  ['Basic realm="r"', [['basic', { realm: 'r' }]]],
  ['basic', [['basic', {}]]],
  [
    'Bearer realm="https://a.example/token",service="r.example",scope="repository:a:pull,push"',
    [
      [
        'bearer',
        {
          realm: 'https://a.example/token',
          service: 'r.example',
          scope: 'repository:a:pull,push',
        },
      ],
    ],
  ],
  [
    'Basic realm="r", BEARER Realm = https://a.example/token , service="a \\"b\\""',
    [
      ['basic', { realm: 'r' }],
      ['bearer', { realm: 'https://a.example/token', service: 'a "b"' }],
    ],
  ],
  ['Basic realm="unfinished', [['basic', {}]]],
  ['"', []],
  ['', []],
])('parseChallenges() reads %s', (header, wanted) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ])
  expect(found).toEqual(wanted)
})

it('parseChallenges() ends for any text', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      expect(Array.isArray(parseChallenges(header))).toBe(true)
    }),
  )
})
