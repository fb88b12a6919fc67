import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import { parseJson } from '../../shared/json.ts'
import { MAX_JSON_DEPTH } from '../../shared/limits.ts'

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('parseJson()', () => {
  test('reads what JSON.parse reads, from text and from bytes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const wanted = JSON.parse(text)
        // fast-check writes integers beyond 2^53 too, which are refused.
        fc.pre(!holdsUnsafeInteger(text))
        expect(asPlain(parseJson(text))).toEqual(wanted)
        expect(asPlain(parseJson(encodeUtf8(text)))).toEqual(wanted)
      }),
    )
  })

  test('reads back what JSON.stringify writes, with and without space', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false, stringUnit: 'binary' } as object),
        fc.nat(4),
        (value, indent) => {
          const text = JSON.stringify(value, undefined, indent)
          fc.pre(isWellFormed(value) && !holdsUnsafeInteger(text))
          expect(asPlain(parseJson(text))).toEqual(JSON.parse(text))
        },
      ),
    )
  })

  test('reads any bytes or throws a NotationError, and refuses all that JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), mutatedJson()), (bytes) => {
        const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
        const isRead = reads(bytes)
        if (isRead) expect(() => JSON.parse(text)).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })

  test('refuses an object with one name twice, escaped or not', () => {
    expectRefusal('{"a":1,"a":2}', 'two members have the same name, at character 10')
    expectRefusal('{"a":1,"\\u0061":2}', 'two members have the same name, at character 15')
    expectRefusal('[{"a":{"b":1,"b":1}}]', 'two members have the same name, at character 16')
  })

  test('takes __proto__ and constructor for names like any other', () => {
    const value = parseJson('{"__proto__":{"admin":true},"constructor":1}')
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor'])
    expect((value as { admin?: boolean }).admin).toBeUndefined()
    expectRefusal(
      '{"__proto__":1,"__proto__":2}',
      'two members have the same name, at character 26',
    )
  })

  test('gives objects without inherited members', () => {
    const value = parseJson('{}') as Record<string, unknown>
    expect(value.toString).toBeUndefined()
  })

  test.each([
    ['{"a":1} x', 'there is more behind the value, at character 8'],
    ['1 2', 'there is more behind the value, at character 2'],
    ['', 'a value is missing, at character 0'],
    ['\ufeff{}', 'a value is missing, at character 0'],
    ['[1,]', 'a value is missing, at character 3'],
    ['{"a":1,}', 'a member needs a name, at character 7'],
    ['{a:1}', 'a member needs a name, at character 1'],
    ['{"a" 1}', 'a name needs a colon and a value, at character 5'],
    ['{"a":1', 'an object does not end, at character 6'],
    ['[1', 'an array does not end, at character 2'],
    ['"a', 'a string does not end, or holds a control character, at character 2'],
    ['"a\nb"', 'a string does not end, or holds a control character, at character 2'],
    ['"\\x"', 'an escape is not known, at character 1'],
    ['"\\u12g4"', 'an escape is not known, at character 1'],
    ['tru', 'a word is not known, at character 0'],
    ['NaN', 'a value is missing, at character 0'],
    ['-', 'a value is missing, at character 0'],
    ['01', 'there is more behind the value, at character 1'],
    ['.5', 'a value is missing, at character 0'],
    ['1.', 'there is more behind the value, at character 1'],
    ['/* */1', 'a value is missing, at character 0'],
  ])('refuses %j', expectRefusal)

  test('reads integers up to 2^53 − 1 and refuses larger ones, which a double would round', () => {
    expect(parseJson('9007199254740991')).toBe(9007199254740991)
    expect(parseJson('-9007199254740991')).toBe(-9007199254740991)
    expectRefusal('9007199254740993', 'a number is too large, at character 16')
    expectRefusal('1e400', 'a number is too large, at character 5')
    expect(parseJson('1.5e3')).toBe(1500)
  })

  test('refuses half a surrogate pair, which Go reads as another character', () => {
    expectRefusal('"\\ud800"', 'a string holds half a surrogate pair, at character 8')
    expectRefusal('{"\\udc00\\ud800":1}', 'a string holds half a surrogate pair, at character 15')
    expectRefusal('"\ud800"', 'a string holds half a surrogate pair, at character 3')
    expect(parseJson('"\\ud83d\\ude00"')).toBe('😀')
  })

  test('refuses bytes that are not UTF-8', () => {
    const bytes = Uint8Array.of(0x22, 0xc3, 0x28, 0x22)
    expect(() => parseJson(bytes)).toThrow(
      new NotationError('encoding-invalid', 'Cannot read text: the bytes are not valid UTF-8'),
    )
  })

  test('refuses nesting beyond its limit, however deep', () => {
    expect(() => parseJson(nested(MAX_JSON_DEPTH))).not.toThrow()
    expectRefusal(nested(MAX_JSON_DEPTH + 1), 'it is nested too deeply, at character 32')
    expectRefusal('{"a":'.repeat(100_000), 'it is nested too deeply, at character 160')
    expect(() => parseJson('[[1]]', 1)).toThrow('it is nested too deeply')
  })

  test('reads a text of millions of characters', () => {
    const text = 'A'.repeat(4_000_000)
    expect(parseJson(`"${text}"`)).toBe(text)
  })
})

function expectRefusal(text: string, found: string): void {
  expect(() => parseJson(text)).toThrow(
    new NotationError('encoding-invalid', `Cannot read JSON: ${found}`),
  )
}

function reads(bytes: Uint8Array): boolean {
  try {
    parseJson(bytes)
    return true
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return false
    throw error
  }
}

function mutatedJson(): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = encodeUtf8(text)
    return bytes.with(at % bytes.length, byte)
  })
}

/** The value with ordinary prototypes, as JSON.parse gives it. */
function asPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function holdsUnsafeInteger(text: string): boolean {
  return (text.match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g) ?? []).some(
    (number) => /^-?\d+$/.test(number) && !Number.isSafeInteger(Number(number)),
  )
}

function isWellFormed(value: unknown): boolean {
  const texts: string[] = []
  JSON.stringify(value, (name: string, member: unknown) => {
    texts.push(name)
    if (typeof member === 'string') texts.push(member)
    return member
  })
  return texts.every((text) => text.isWellFormed())
}
