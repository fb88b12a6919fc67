import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDistinguishedName } from '../../../shared/policy/distinguished-name.ts'
import { checkTrustedIdentity, parseTrustedIdentities } from '../../../shared/policy/identity.ts'
import { isSubsetOf, quoteSubjects, readSubject } from '../../../shared/policy/subject.ts'
import { nameOf } from './names.ts'

const identitiesOf = (...texts: string[]) =>
  parseTrustedIdentities(
    texts.map((text) => `x509.subject:${text}`),
    'trust policy statement "p"',
  )

describe('checkTrustedIdentity()', () => {
  const acme = identitiesOf('C=US, ST=UT, O=Acme')

  test.each(['CN=a,O=Acme,ST=UT,C=US', 'O=Acme,L=Lehi,ST=UT,C=US'])(
    'trusts a leaf that has every attribute of an identity: %s',
    (subject) => {
      expect(checkTrustedIdentity(acme, nameOf(subject), 'p')).toBeUndefined()
    },
  )

  test('trusts a leaf that any of several identities covers', () => {
    const identities = identitiesOf('C=US,ST=UT,O=Acme', 'C=DE,S=BY,O=Beispiel')
    expect(checkTrustedIdentity(identities, nameOf('O=Beispiel,ST=BY,C=DE'), 'p')).toBeUndefined()
  })

  test.each(['CN=a,O=acme,ST=UT,C=US', 'CN=a,O=Acme,ST=WA,C=US'])(
    'tells the identities and the subject looked for when none covers %s',
    (subject) => {
      expect(checkTrustedIdentity(acme, nameOf(subject), 'p"q')).toBe(
        `signing certificate from the digital signature does not match the X.509 trusted identities [map["C":"US" "O":"Acme" "ST":"UT"]] defined in the trust policy "p\\"q"; the subject looked for is "${subject}"`,
      )
    },
  )

  test.each([
    ['O=Acme,C=US', 'has no mandatory RDN attribute for \\"ST\\"'],
    ['CN=a,OU=x+OU=y,O=Acme,ST=UT,C=US', 'has multi-valued RDN attributes'],
    ['O=Acme,ST=UT,C=US,2.5.4.15=#0c0178', 'unsupported distinguished name (DN)'],
  ])('matches %s, which the reference cannot read, with nothing', (subject, reason) => {
    const problem = checkTrustedIdentity(acme, nameOf(subject), 'p')
    expect(problem).toMatch(
      /^error while parsing the certificate subject from the digital signature\. error : "/,
    )
    expect(problem).toContain(reason)
    expect(problem).toMatch(
      /; the certificate matches no identity but "\*", which trusts whomever the trust stores vouch for$/,
    )
  })

  test.each(['O=Acme,C=US', '', 'CN=a,OU=x+OU=y'])('trusts any subject under *: %s', (subject) => {
    const any = parseTrustedIdentities(['*'], 'trust policy statement "p"')
    expect(checkTrustedIdentity(any, nameOf(subject), 'p')).toBeUndefined()
  })

  test('trusts nobody where all identities are of another kind', () => {
    const others = parseTrustedIdentities(['vendor:someone'], 'trust policy statement "p"')
    expect(checkTrustedIdentity(others, nameOf('O=Acme,ST=UT,C=US'), 'p')).toBe(
      'no x509 trusted identities are configured in the trust policy "p"',
    )
  })
})

describe('isSubsetOf()', () => {
  const subjectOf = (entries: Record<string, string>) =>
    new Map(Object.entries(entries).map(([type, value]) => [type, [value]]))

  test('takes an empty value for an absent one, as the reference does', () => {
    expect(isSubsetOf(subjectOf({ C: 'US', CN: '' }), subjectOf({ C: 'US' }))).toBe(true)
    expect(isSubsetOf(subjectOf({ C: 'US', CN: '' }), subjectOf({ C: 'US', CN: 'a' }))).toBe(false)
  })
})

describe('readDistinguishedName()', () => {
  const partsOf = (text: string) => {
    const reading = readDistinguishedName(text)
    return 'names' in reading ? reading.names : reading.problem
  }

  test('unescapes characters and bytes, and keeps an escaped outer space', () => {
    expect(partsOf('CN=\\ \\C3\\bc\\,b\\ , O = c=d ')).toEqual([
      [{ type: 'CN', value: ' ü,b ' }],
      [{ type: 'O', value: 'c=d' }],
    ])
  })

  test('keeps parts that + joins together, and ends names at , and ;', () => {
    expect(partsOf('A=1+B=2;C=3,D=')).toEqual([
      [
        { type: 'A', value: '1' },
        { type: 'B', value: '2' },
      ],
      [{ type: 'C', value: '3' }],
      [{ type: 'D', value: '' }],
    ])
  })

  test('reads back every value once its special characters are escaped', () => {
    const type = fc.constantFrom('C', 'ST', 'O', '2.5.4.97')
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(fc.array(fc.tuple(type, text), { minLength: 1 }), (pairs) => {
        const line = pairs
          .map(([name, value]) => `${name}=${value.replace(/[ "#+,;<=>\\]/g, '\\$&')}`)
          .join(',')
        expect(partsOf(line)).toEqual(pairs.map(([name, value]) => [{ type: name, value }]))
      }),
    )
  })

  test('returns for any text, in time that grows with its length only', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('\\', '=', ',', '+', ' ', 'a', '4', 'é') }),
        (text) => {
          expect(['names', 'problem']).toContain(Object.keys(readDistinguishedName(text))[0])
        },
      ),
    )
    expect(partsOf(`O=${' '.repeat(200_000)}a${' '.repeat(200_000)}`)).toEqual([
      [{ type: 'O', value: 'a' }],
    ])
  })
})

describe('readSubject()', () => {
  test('reads S as ST', () => {
    expect(readSubject('C=US,S=UT,O=Acme')).toEqual({
      subject: new Map([
        ['C', ['US']],
        ['ST', ['UT']],
        ['O', ['Acme']],
      ]),
    })
  })
})

describe('quoteSubjects()', () => {
  test('sorts attributes and quotes keys and values, as Go does', () => {
    const subjects = [
      new Map([
        ['ST', ['U"T']],
        ['C', ['US']],
      ]),
      new Map([['O', ['ü']]]),
    ]
    expect(quoteSubjects(subjects)).toBe('[map["C":"US" "ST":"U\\"T"] map["O":"ü"]]')
  })
})
