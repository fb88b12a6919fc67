import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NotationError } from '../../../shared/errors.ts'
import type { JsonValue } from '../../../shared/json.ts'
import { parseTrustPolicy } from '../../../shared/policy/document.ts'
import { selectStatement } from '../../../shared/policy/select.ts'

interface DocumentCase {
  readonly name: string
  readonly document: JsonValue
  readonly error: string | null
  readonly levels?: readonly Readonly<Record<string, string>>[]
  /** What we say behind the reference implementation's sentence. */
  readonly remedy?: string
  /** Why we refuse what the reference implementation accepts. */
  readonly stricter?: string
}

interface SelectionCase {
  readonly name: string
  readonly document: JsonValue
  readonly reference: string
  readonly statement?: string
  readonly error?: string
}

const documentCases: readonly DocumentCase[] = readCases('documents.json')
const selectionCases: readonly SelectionCase[] = readCases('selections.json')

describe('parseTrustPolicy()', () => {
  test.each(documentCases.filter(({ error }) => error !== null))(
    'refuses $name in the words of notation-go',
    ({ document, error, remedy = '' }) => {
      expect(() => parseTrustPolicy(document)).toThrow(
        new NotationError('policy-invalid', `${error}${remedy}`),
      )
    },
  )

  test.each(
    documentCases.filter(({ error, stricter }) => error === null && stricter === undefined),
  )('accepts $name with the levels of notation-go', ({ document, levels }) => {
    const found = parseTrustPolicy(document).statements.map(
      ({ signatureVerification: { level } }) => ({ name: level.name, ...level.actions }),
    )
    expect(found).toEqual(levels)
  })

  test.each(documentCases.filter(({ stricter }) => stricter !== undefined))(
    'refuses $name, which notation-go accepts',
    ({ document, error, stricter }) => {
      expect(error).toBeNull()
      expect(() => parseTrustPolicy(document)).toThrow(
        new NotationError('policy-invalid', stricter ?? ''),
      )
    },
  )

  const statement = {
    name: 'p',
    registryScopes: ['reg.io/app'],
    signatureVerification: { level: 'audit' },
    trustStores: ['ca:acme', 'tsa:clock'],
    trustedIdentities: ['x509.subject:C=US, S=UT, O=Acme'],
  }
  const document = { version: '1.0', trustPolicies: [statement] }

  test('returns stores, identities and defaults in typed form', () => {
    expect(parseTrustPolicy(document).statements[0]).toMatchObject({
      trustStores: [
        { type: 'ca', name: 'acme' },
        { type: 'tsa', name: 'clock' },
      ],
      trustedIdentities: {
        any: false,
        subjects: [
          new Map([
            ['C', ['US']],
            ['ST', ['UT']],
            ['O', ['Acme']],
          ]),
        ],
        matching: 'reference',
      },
      signatureVerification: { verifyTimestamp: 'always' },
    })
  })

  const guide =
    'malformed trust policy. To create a trust policy, see: https://notaryproject.dev/docs/quickstart/#create-a-trust-policy'

  test.each([
    [[], 'the document is an array, wanted an object'],
    ['text', 'the document is a value of type string, wanted an object'],
    [{ ...document, version: 1 }, 'version is a value of type number, wanted a string'],
    [
      { ...document, trustPolicies: {} },
      'trustPolicies is a value of type object, wanted an array',
    ],
    [
      { ...document, trustPolicies: [{ ...statement, trustStores: ['ca:a', true] }] },
      'trustPolicies[0].trustStores[1] is a value of type boolean, wanted a string',
    ],
    [
      {
        ...document,
        trustPolicies: [{ ...statement, signatureVerification: { level: 'audit', override: [] } }],
      },
      'trustPolicies[0].signatureVerification.override is an array, wanted an object',
    ],
    [
      { ...document, trustPolicies: [{ ...statement, registryScopes: 'reg.io/app' }] },
      'trustPolicies[0].registryScopes is a value of type string, wanted an array',
    ],
  ])('names the place of a wrong type: %j', (json, found) => {
    expect(() => parseTrustPolicy(json)).toThrow(
      new NotationError('policy-invalid', `${guide}; ${found}`),
    )
  })

  test.each(['Override', 'OVERRIDE', 'verifytimestamp', 'VerifyTimeſtamp'])(
    'refuses the spelling %s, which Go would read as the known member',
    (name) => {
      const json = {
        ...document,
        trustPolicies: [{ ...statement, signatureVerification: { level: 'audit', [name]: null } }],
      }
      expect(() => parseTrustPolicy(json)).toThrow(
        /malformed trust policy.*trustPolicies\[0\]\.signatureVerification has a member ".*", which differs from a known name in case only$/,
      )
    },
  )

  test('returns or throws policy-invalid for any JSON', () => {
    const texts = fc.oneof(fc.string(), fc.constantFrom('1.0', 'strict', 'ca:a', '*', 'a/b'))
    const json = fc.oneof(
      fc.jsonValue(),
      fc.record({
        version: fc.constant('1.0'),
        trustPolicies: fc.array(
          fc.record({
            name: texts,
            registryScopes: fc.array(texts),
            signatureVerification: fc.record({ level: texts }),
            trustStores: fc.array(texts),
            trustedIdentities: fc.array(texts.map((text) => `x509.subject:${text}`)),
          }),
        ),
      }),
    )
    fc.assert(
      fc.property(json, (value) => {
        try {
          parseTrustPolicy(value as JsonValue)
        } catch (error) {
          expect(error).toMatchObject({ name: 'NotationError', code: 'policy-invalid' })
        }
      }),
    )
  })
})

describe('selectStatement()', () => {
  test.each(selectionCases)('selects as notation-go does: $name', (selection) => {
    const policy = parseTrustPolicy(selection.document)
    if (selection.statement !== undefined) {
      const { statement } = selectStatement(policy, selection.reference)
      expect(statement?.name).toBe(selection.statement)
      return
    }
    expect(sentenceOf(() => selectStatement(policy, selection.reference))).toBe(selection.error)
  })

  test('says which scope was looked for when there is no statement', () => {
    const policy = parseTrustPolicy(selectionCases[1]?.document)
    expect(selectStatement(policy, 'localhost:5000/app@sha256:0')).toEqual({
      statement: undefined,
      message:
        'artifact "localhost:5000/app@sha256:0" has no applicable trust policy statement. Trust policy applicability for a given artifact is determined by registryScopes. To create a trust policy, see: https://notaryproject.dev/docs/quickstart/#create-a-trust-policy; the registry scope looked for is "localhost:5000/app"',
    })
  })

  /** The reference implementation's part of what was said; a reference that is none is thrown. */
  function sentenceOf(select: () => ReturnType<typeof selectStatement>): string {
    try {
      const selected = select()
      return selected.statement === undefined ? (selected.message.split('; ')[0] ?? '') : ''
    } catch (error) {
      expect(error).toMatchObject({ code: 'reference-invalid' })
      return (error as Error).message
    }
  }
})

/** Not imported: an import would lose a member called `__proto__`. */
function readCases(file: string) {
  return JSON.parse(readFileSync(new URL(`../../vectors/policy/${file}`, import.meta.url), 'utf8'))
    .cases
}
