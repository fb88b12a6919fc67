import { describe, expect, test } from 'vitest'
import { readQuery } from '../../functions/request-query.ts'
import { NotationError } from '../../shared/errors.ts'

const queryOf = (query: string) =>
  readQuery(new Request(`https://api.example.com/v1/inspect${query}`), ['reference', 'format'])

describe('readQuery()', () => {
  test('reads what is there', () => {
    expect(queryOf('')).toEqual({})
    expect(queryOf('?reference=a%2Fb%3Av1')).toEqual({ reference: 'a/b:v1' })
    expect(queryOf('?format=&reference=x')).toEqual({ reference: 'x', format: '' })
  })

  test.each([
    [
      '?planted=1',
      'Cannot use the request: its query has a parameter that is not known; known are "reference", "format"',
    ],
    [
      '?Format=1',
      'Cannot use the request: its query has a parameter that is not known; known are "reference", "format"',
    ],
    [
      '?format=a&format=b',
      'Cannot use the request: its query has the parameter "format" more than once',
    ],
  ])('refuses %s and repeats nothing of it', (query, message) => {
    expect(() => queryOf(query)).toThrow(new NotationError('request-invalid', message))
  })
})
