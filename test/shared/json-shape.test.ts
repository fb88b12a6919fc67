import { describe, expect, test } from 'vitest'
import { parseJson } from '../../shared/json.ts'
import {
  findOtherSpelling,
  isJsonAbsent,
  isJsonObject,
  isJsonTexts,
} from '../../shared/json-shape.ts'

describe('isJsonObject()', () => {
  test.each([
    ['{}', true],
    ['[]', false],
    ['null', false],
    ['"a"', false],
  ])('takes %s: %s', (text, wanted) => {
    expect(isJsonObject(parseJson(text))).toBe(wanted)
  })
})

describe('isJsonTexts()', () => {
  test.each([
    ['[]', true],
    ['["a","b"]', true],
    ['["a",1]', false],
    ['"a"', false],
    ['{}', false],
  ])('takes %s: %s', (text, wanted) => {
    expect(isJsonTexts(parseJson(text))).toBe(wanted)
  })
})

describe('isJsonAbsent()', () => {
  test('holds for null and undefined alone', () => {
    expect([undefined, null, '', 0, false].map(isJsonAbsent)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

describe('findOtherSpelling()', () => {
  const KNOWN = ['size', 'io.cncf.notary.expiry', 'kind']

  test.each([['SIZE'], ['io.cncf.Notary.expiry'], ['\u017fize'], ['\u212aind']])(
    'finds %j, which Go takes for a known name',
    (name) => {
      expect(findOtherSpelling({ size: 1, [name]: 2 }, KNOWN)).toBe(name)
    },
  )

  test('lets known names and others pass', () => {
    expect(findOtherSpelling({ size: 1, kind: 2, seize: 3 }, KNOWN)).toBeUndefined()
  })
})
