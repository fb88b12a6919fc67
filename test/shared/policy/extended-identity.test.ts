import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findAttributeType } from '../../../shared/policy/attribute-types.ts'
import { readExtendedSubject } from '../../../shared/policy/extended-subject.ts'
import {
  checkTrustedIdentity,
  type IdentityMatching,
  parseTrustedIdentities,
} from '../../../shared/policy/identity.ts'
import { nameOf, nameWith, OIDS } from './names.ts'

const WHERE = 'trust policy statement "p"'
const BUSINESS_CATEGORY = '2.5.4.15'
const JURISDICTION_ST = '1.3.6.1.4.1.311.60.2.1.2'
const JURISDICTION_C = '1.3.6.1.4.1.311.60.2.1.3'

/** The subject of a certificate for extended validation, as DigiCert issues them. */
const EV_LEAF = nameWith(
  [BUSINESS_CATEGORY, 'Private Organization'],
  [JURISDICTION_C, 'US'],
  [JURISDICTION_ST, 'Utah'],
  ['SERIALNUMBER', '5299537-0142'],
  ['C', 'US'],
  ['ST', 'Utah'],
  ['L', 'Lehi'],
  ['O', 'Acme, Inc.'],
  ['OU', 'Release'],
  ['OU', 'Windows'],
  ['CN', 'Acme, Inc.'],
)

const parse = (matching: IdentityMatching, ...texts: readonly string[]) =>
  parseTrustedIdentities(
    texts.map((text) => `x509.subject: ${text}`),
    WHERE,
    matching,
  )
const isTrusted = (identity: string, leaf = EV_LEAF) =>
  checkTrustedIdentity(parse('extended', identity), leaf, 'p') === undefined

describe('extended identities', () => {
  test.each([
    'C=US, O=Acme\\, Inc.',
    'C=US, ST=Utah, O=Acme\\, Inc., OU=Release',
    'C=US, O=Acme\\, Inc., OU=Windows, OU=Release',
    'C=US, O=Acme\\, Inc., OU=Windows+OU=Release',
    'C=US, O=Acme\\, Inc., businessCategory=Private Organization, jurisdictionC=US',
    'C=US, O=Acme\\, Inc., JurisdictionCountryName=US, jurisdictionStateOrProvinceName=Utah',
    'C=US, O=Acme\\, Inc., 2.5.4.15=Private Organization, serialNumber=5299537-0142',
    'countryName=US, organizationName=Acme\\, Inc.',
  ])('trust a leaf for extended validation that has all they name: %s', (identity) => {
    expect(isTrusted(identity)).toBe(true)
  })

  test.each([
    'C=US, O=Acme\\, Inc., businessCategory=Government Entity',
    'C=US, O=Acme\\, Inc., businessCategory=private organization',
    'C=US, O=Acme\\, Inc., OU=Release, OU=Linux',
    'C=US, O=Acme\\, Inc., jurisdictionL=Lehi',
    'C=US, O=Acme',
    'C=US, O=*',
    'C=US, O=Acme\\, Inc., jurisdictionC=DE',
  ])('do not trust it otherwise: %s', (identity) => {
    expect(isTrusted(identity)).toBe(false)
  })

  test('trust a leaf without ST, and one with attributes that they do not name', () => {
    expect(isTrusted('C=SG, O=Acme', nameOf('CN=a,O=Acme,C=SG'))).toBe(true)
    const withMail = nameWith(['C', 'SG'], ['O', 'Acme'], ['1.2.840.113549.1.9.1', 'a@acme.test'])
    expect(isTrusted('C=SG, O=Acme', withMail)).toBe(true)
    expect(isTrusted('C=SG, O=Acme, emailAddress=a@acme.test', withMail)).toBe(true)
    expect(isTrusted('C=SG, O=Acme, E=b@acme.test', withMail)).toBe(false)
  })

  test('do not trust a leaf that has several values where one can be meant', () => {
    const twoNames = nameWith(['C', 'US'], ['O', 'Acme'], ['O', 'Evil'])
    expect(isTrusted('C=US, O=Acme', twoNames)).toBe(false)
    expect(isTrusted('C=US, O=Evil', twoNames)).toBe(false)
    const two = nameWith(['C', 'US'], ['O', 'Acme'], ['1.2.3.4', 'a'], ['1.2.3.4', 'b'])
    expect(isTrusted('C=US, O=Acme', two)).toBe(true)
    expect(isTrusted('C=US, O=Acme, 1.2.3.4=a', two)).toBe(false)
  })

  test('take the last CN and the last serial number, as Go prints them', () => {
    const leaf = nameWith(['C', 'US'], ['O', 'Acme'], ['CN', 'first'], ['CN', 'last'])
    expect(isTrusted('C=US, O=Acme, CN=last', leaf)).toBe(true)
    expect(isTrusted('C=US, O=Acme, CN=first', leaf)).toBe(false)
  })

  test('are told with the subject looked for when none matches', () => {
    const leaf = nameOf('CN=a,O=Acme,C=SG')
    expect(checkTrustedIdentity(parse('extended', 'C=SG, O=Other'), leaf, 'p')).toBe(
      'signing certificate from the digital signature does not match the X.509 trusted identities [map["C":"SG" "O":"Other"]] defined in the trust policy "p"; the subject looked for is "CN=a,O=Acme,C=SG"',
    )
  })

  test.each([
    ['O=Acme', 'has no "C", it must contain "C" and "O" at a minimum'],
    ['C=US, CN=Acme', 'has no "O", it must contain "C" and "O" at a minimum'],
    ['C=US, O=', 'has no value for "O"'],
    ['C=US, O=Acme, CN=', 'has no value for "CN"'],
    [
      'C=US, O=Acme, o=Other',
      'has several values for "o", of which only one can stand in a subject',
    ],
    [
      'C=US, O=Acme, bussinessCategory=x',
      'has the attribute type "bussinessCategory", which is not known; write its object identifier, such as "2.5.4.15"',
    ],
    ['C=US, O=Acme, OID.2.5.4.15=x', 'has the attribute type "OID.2.5.4.15"'],
    ['C=US, O=Acme, 3.5.4=x', 'has the attribute type "3.5.4"'],
  ])('are refused where the rules are broken: %s', (identity, reason) => {
    expect(() => parse('extended', identity)).toThrow(
      `${WHERE} has trusted identity "x509.subject: ${identity}" with invalid identity value: distinguished name (DN) " ${identity}" ${reason}`,
    )
  })

  test('are refused where a value is in hexadecimal, or the name is none', () => {
    expect(() => parse('extended', 'C=US, O=Acme, 2.5.4.15=#1301')).toThrow(
      /unsupported distinguished name \(DN\) .+: write values as text, not as "=#" and hexadecimal$/,
    )
    expect(() => parse('extended', 'C')).toThrow(
      /parsing distinguished name \(DN\) " C" failed: DN ended with incomplete type, value pair$/,
    )
  })

  test('are refused where one covers another, under whatever name', () => {
    expect(() => parse('extended', 'C=US, O=Acme', 'C=US, O=Acme, businessCategory=x')).toThrow(
      / has overlapping x509 trustedIdentities, /,
    )
    expect(() =>
      parse('extended', 'C=US, O=Acme, 2.5.4.15=x', 'C=US, O=Acme, BUSINESSCATEGORY=x'),
    ).toThrow(/ has overlapping x509 trustedIdentities, /)
  })

  test('are not read where the reference implementation is to be matched', () => {
    for (const identity of ['C=US, O=Acme', 'C=US, ST=UT, O=Acme, OU=a+OU=b'])
      expect(() => parse('reference', identity)).toThrow(/ with invalid identity value: /)
    const reference = parse('reference', 'C=US, ST=Utah, O=Acme\\, Inc.')
    expect(checkTrustedIdentity(reference, EV_LEAF, 'p')).toContain(
      'unsupported distinguished name',
    )
  })
})

describe('extended matching', () => {
  const type = fc.constantFrom(...Object.keys(OIDS))
  const value = fc.oneof(fc.constantFrom('US', 'UT', 'Acme', ' a ', '#b', 'c=d', ''), fc.string())
  const leaf = fc
    .array(fc.tuple(type, value), { maxLength: 6 })
    .map((attributes) => [
      ['C', 'US'] as const,
      ['ST', 'UT'] as const,
      ['O', 'Acme'] as const,
      ...attributes,
    ])

  test('trusts every leaf that is trusted by the reference implementation’s rules', () => {
    let trusted = 0
    fc.assert(
      fc.property(leaf, fc.infiniteStream(fc.boolean()), (attributes, choices) => {
        const named = attributes.filter(([, text], index) => {
          const { value: isChosen = false } = choices.next()
          return index < 3 || (isChosen && text !== '')
        })
        const identity = named
          .map(([name, text]) => `${name}=${text.replace(/[ "#+,;<=>\\]/g, '\\$&')}`)
          .join(',')
        const isTrustedBy = (matching: IdentityMatching) => {
          const identities = parse(matching, identity)
          return checkTrustedIdentity(identities, nameWith(...attributes), 'p') === undefined
        }
        try {
          if (!isTrustedBy('reference')) return
        } catch {
          // The reference implementation has no such identity.
          return
        }
        trusted += 1
        expect(isTrustedBy('extended')).toBe(true)
      }),
      { numRuns: 1000 },
    )
    expect(trusted).toBeGreaterThan(100)
  })

  test('trusts no leaf that lacks a pair which is named', () => {
    fc.assert(
      fc.property(leaf, type, value, (attributes, name, text) => {
        if (text === '' || attributes.some(([other, found]) => other === name && found === text))
          return
        const identity = `C=US,O=Acme,${name}=${text.replace(/[ "#+,;<=>\\]/g, '\\$&')}`
        try {
          const identities = parse('extended', identity)
          expect(checkTrustedIdentity(identities, nameWith(...attributes), 'p')).toBeDefined()
        } catch (error) {
          expect(error).toMatchObject({ code: 'policy-invalid' })
        }
      }),
    )
  })
})

describe('readExtendedSubject()', () => {
  test('reads any text as a subject with C and O, or tells what is wrong', () => {
    const text = fc.string({
      unit: fc.constantFrom('C', 'O', 'U', '=', ',', '+', '#', '.', '1', '2', '\\'),
    })
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((rest) => `C=a,O=b,${rest}`),
        ),
        (name) => {
          const reading = readExtendedSubject(name)
          if ('problem' in reading) expect(reading.problem).not.toBe('')
          else expect([...reading.subject.keys()]).toEqual(expect.arrayContaining(['C', 'O']))
        },
      ),
    )
  })
})

describe('findAttributeType()', () => {
  test.each([
    ['ou', { name: 'OU', rule: 'all' }],
    ['2.5.4.11', { name: 'OU', rule: 'all' }],
    ['jurisdictionLocalityName', { name: 'jurisdictionL', rule: 'one' }],
    ['1.2.3.4', { name: '1.2.3.4', rule: 'one' }],
  ])('knows %s', (text, found) => {
    expect(findAttributeType(text)).toEqual(found)
  })

  test.each(['', 'x', '1', '1.', '.1', '1.02', '3.1', '1.2.3.', 'toString', 'СN'])(
    'knows no type "%s"',
    (text) => {
      expect(findAttributeType(text)).toBeUndefined()
    },
  )
})
