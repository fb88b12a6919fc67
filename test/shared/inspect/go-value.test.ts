import { describe, expect, test } from 'vitest'
import { parseCbor } from '../../../shared/cbor.ts'
import { formatCborAsGo, formatJsonAsGo } from '../../../shared/inspect/go-value.ts'
import { parseJson } from '../../../shared/json.ts'
import {
  rawArray,
  rawBytes,
  rawFloat,
  rawInteger,
  rawMap,
  rawTag,
  rawText,
} from '../../support/raw-cbor.ts'

// All texts are what Go 1.26's fmt.Sprint printed.

describe('formatJsonAsGo()', () => {
  test.each([
    ['1', '1'],
    ['100000', '100000'],
    ['999999', '999999'],
    ['1000000', '1e+06'],
    ['1234567.5', '1.2345675e+06'],
    ['123456.789', '123456.789'],
    ['9007199254740991', '9.007199254740991e+15'],
    ['0.0001', '0.0001'],
    ['0.00012345', '0.00012345'],
    ['0.00001', '1e-05'],
    ['-1.5e-7', '-1.5e-07'],
    ['1e300', '1e+300'],
    ['5e-324', '5e-324'],
    ['0', '0'],
    ['-0', '-0'],
    ['null', '<nil>'],
    ['true', 'true'],
    ['"a \\"b\\""', 'a "b"'],
    ['[]', '[]'],
    ['[1,"b c",[true,null]]', '[1 b c [true <nil>]]'],
    ['{}', 'map[]'],
    ['{"b":1,"a":{"z":"y"},"B":2}', 'map[B:2 a:map[z:y] b:1]'],
    ['{"é":1,"z":2,"😀":1,"\uffff":2}', 'map[z:2 é:1 \uffff:2 😀:1]'],
  ])('prints %s', (json, text) => {
    expect(formatJsonAsGo(parseJson(json))).toBe(text)
  })
})

describe('formatCborAsGo()', () => {
  test.each([
    ['an integer', rawInteger(1_000_000), '1000000'],
    ['a large integer', Uint8Array.of(0x1b, 0x7f, ...Array(7).fill(0xff)), '9223372036854775807'],
    ['a float', rawFloat(1e6), '1e+06'],
    ['infinity', rawFloat(Number.POSITIVE_INFINITY), '+Inf'],
    ['negative infinity', rawFloat(Number.NEGATIVE_INFINITY), '-Inf'],
    ['no number', rawFloat(Number.NaN), 'NaN'],
    ['bytes', rawBytes(Uint8Array.of(1, 200)), '[1 200]'],
    ['null', Uint8Array.of(0xf6), '<nil>'],
    ['false', Uint8Array.of(0xf4), 'false'],
    ['a list', rawArray(rawInteger(-3), rawText('x')), '[-3 x]'],
    ['a tag', rawTag(37, rawText('x')), '{37 x}'],
    [
      'a map with keys of both kinds',
      rawMap([
        [rawInteger(9), rawInteger(1)],
        [rawInteger(10), rawInteger(1)],
        [rawText('a'), rawInteger(2)],
        [rawText('b'), rawInteger(1)],
      ]),
      'map[a:2 b:1 9:1 10:1]',
    ],
  ])('prints %s', (_name, bytes, text) => {
    expect(formatCborAsGo(parseCbor(bytes))).toBe(text)
  })
})
