import { describe, expect, it } from 'vitest'
import { parseOptions } from './options.ts'

describe('parseOptions()', () => {
  it('reads what is given, and has a default for the rest', () => {
    expect(parseOptions(['--inputs', '5', '--only', 'crl:7', '--case', 'a.json'])).toEqual({
      inputs: 5,
      resigned: 0,
      seed: 1,
      only: { target: 'crl', index: 7 },
      file: 'a.json',
      isHelp: false,
    })
  })

  it.each([
    ['--inputs', 'many'],
    ['--seed', '4294967296'],
    ['--resigned', '-1'],
    ['--only', 'crl'],
  ])('refuses %s %s', (option, value) => {
    expect(() => parseOptions([`${option}=${value}`])).toThrow(`Cannot run: ${option} has `)
  })
})
