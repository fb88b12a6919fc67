import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DER_TAG, parseDer } from '../../../shared/der.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { quoteGo } from '../../../shared/go-text.ts'
import { formatName, type Name, readName } from '../../../shared/x509/name.ts'
import { encodeName, type NamePart } from '../../support/certificate-encoding.ts'
import vectors from '../../vectors/x509/names.json' with { type: 'json' }

function parseName(der: Uint8Array): Name {
  return parseDer(der, { code: 'certificate-malformed', object: 'name' }, readName)
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'))
}

const readable = vectors.cases.filter(({ error }) => error === undefined)
const refused = vectors.cases.filter(({ error }) => error !== undefined)

describe('name', () => {
  test.each(readable)('formatName() prints "$name" as Go does', ({ der, string, quoted }) => {
    const text = formatName(parseName(fromHex(der)))
    expect(text).toBe(string ?? '')
    expect(quoteGo(text)).toBe(quoted)
  })

  test.each(refused)('readName() refuses "$name", as Go does', ({ der }) => {
    expect(() => parseName(fromHex(der))).toThrow(
      /^Cannot read name: a name has a value that is not a valid string \(byte \d+\)$/,
    )
  })

  test('the vectors hold names of both kinds', () => {
    expect(readable.length).toBeGreaterThan(15)
    expect(refused.length).toBeGreaterThan(5)
  })

  test('readName() keeps the order and grouping of the DER', () => {
    const der = encodeName([
      ['CN', 'Signer'],
      [
        ['O', 'A'],
        ['OU', 'B'],
      ],
      ['C', 'US'],
    ])
    const name = parseName(der)
    expect(name.raw).toEqual(der)
    expect(name.attributes.map((rdn) => rdn.map(({ oid, value }) => [oid, value]))).toEqual([
      [['2.5.4.3', 'Signer']],
      [
        ['2.5.4.10', 'A'],
        ['2.5.4.11', 'B'],
      ],
      [['2.5.4.6', 'US']],
    ])
    expect(name.attributes[2]?.[0]?.raw).toEqual(Uint8Array.of(DER_TAG.utf8String, 2, 0x55, 0x53))
  })

  test('readName() reads back any UTF-8 value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const name = parseName(encodeName([['O', value]]))
        expect(name.attributes[0]?.[0]?.value).toBe(value)
      }),
    )
  })

  test('readName() reads any value of a string type or throws a NotationError', () => {
    const tag = fc.constantFrom(12, 18, 19, 20, 22, 26, 28, 30)
    const text = fc.string({ unit: 'binary-ascii' })
    fc.assert(
      fc.property(tag, text, (stringTag, value) => {
        const part: NamePart = ['CN', value, stringTag]
        try {
          formatName(parseName(encodeName([part])))
        } catch (error) {
          expect(isNotationError(error, 'certificate-malformed')).toBe(true)
        }
      }),
    )
  })
})
