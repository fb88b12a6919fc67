import { describe, expect, test } from 'vitest'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { verifyIntegrity } from '../../../shared/envelope/verify-integrity.ts'
import { NotationError } from '../../../shared/errors.ts'
import { beside, changed, member, part } from '../../support/cose-changes.ts'
import { type CoseOptions, makeCose } from '../../support/envelopes.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { rawArray, rawBytes, rawInteger, rawMap, rawTag, rawText } from '../../support/raw-cbor.ts'

const EMPTY = rawBytes(new Uint8Array())
const ONE_BYTE = rawBytes(Uint8Array.of(1))
const COUNTERSIGNATURE = rawArray(EMPTY, rawMap([]), ONE_BYTE)
const NO_COUNTERSIGNATURE = 'counter signature: is not a Countersignature or a list'

const parse = (options: CoseOptions) => parseEnvelope('application/cose', makeCose(options))

describe('parseEnvelope() of COSE', () => {
  test.each<readonly [string, CoseOptions, string]>([
    [
      'a protected header that is a map',
      { parts: part(0, rawMap([])) },
      'its protected header is no bstr',
    ],
    [
      'an unprotected header that is a list',
      { parts: part(1, rawArray()) },
      'its unprotected header is no map',
    ],
    ['a payload that is a text', { parts: part(2, rawText('x')) }, 'its payload is no bstr'],
    ['a signature that is a text', { parts: part(3, rawText('x')) }, 'its signature is no bstr'],
    [
      'a tag in a list in the unprotected header',
      { unprotected: beside(member(99, rawArray(rawTag(1, rawInteger(1))))) },
      'its unprotected header holds a tag',
    ],
    [
      'a label in both headers',
      { header: changed({}, member(99, EMPTY)), unprotected: beside(member(99, EMPTY)) },
      'label "99" stands in both of its headers',
    ],
  ])('refuses %s', (_, options, found) => {
    expect(() => parse(options)).toThrow(
      new NotationError('envelope-malformed', `Cannot read COSE envelope: ${found}`),
    )
  })

  test.each<readonly [string, Uint8Array, number, string]>([
    ['an alg that is a byte string', EMPTY, 1, 'alg: require int / tstr type'],
    [
      'a content type that is negative',
      rawInteger(-1),
      3,
      'content type: require tstr / uint type',
    ],
    ['a content type that is a byte string', EMPTY, 3, 'content type: require tstr / uint type'],
    ['an empty content type', rawText(''), 3, 'content type: require non-empty string'],
    [
      'a content type with a space in front',
      rawText(' a/b'),
      3,
      'content type: require no leading/trailing whitespace',
    ],
    [
      'a content type with a space behind',
      rawText('a/b '),
      3,
      'content type: require no leading/trailing whitespace',
    ],
    [
      'a content type with two slashes',
      rawText('a/b/c'),
      3,
      'content type: require text of form type/subtype',
    ],
    ['an IV that is a text', rawText('x'), 5, 'IV: require bstr type'],
    ['a partial IV that is a text', rawText('x'), 6, 'Partial IV: require bstr type'],
    ['a countersignature of two parts', rawArray(EMPTY, rawMap([])), 7, NO_COUNTERSIGNATURE],
    [
      'a countersignature without signature',
      rawArray(EMPTY, rawMap([]), EMPTY),
      7,
      NO_COUNTERSIGNATURE,
    ],
    [
      'a countersignature whose header is a list',
      rawArray(EMPTY, rawArray(), ONE_BYTE),
      7,
      NO_COUNTERSIGNATURE,
    ],
    [
      'a bad countersignature among good ones',
      rawArray(COUNTERSIGNATURE, EMPTY),
      7,
      NO_COUNTERSIGNATURE,
    ],
    [
      'an abbreviated countersignature that is a text',
      rawText('x'),
      9,
      'countersignature0: require bstr type',
    ],
    ['a type that is a byte string', EMPTY, 16, 'type: require tstr / uint type'],
  ])('refuses %s in the unprotected header', (_, value, label, found) => {
    expect(() => parse({ unprotected: beside(member(label, value)) })).toThrow(
      new NotationError(
        'envelope-malformed',
        `cbor: invalid unprotected header: unprotected header: header parameter: ${found}`,
      ),
    )
  })

  test.each<readonly [string, CoseOptions]>([
    ['a countersignature', { unprotected: beside(member(7, COUNTERSIGNATURE)) }],
    [
      'several countersignatures',
      { unprotected: beside(member(7, rawArray(COUNTERSIGNATURE, COUNTERSIGNATURE))) },
    ],
    ['an IV alone', { unprotected: beside(member(5, ONE_BYTE)) }],
    ['a partial IV alone', { header: changed({}, member(6, ONE_BYTE)) }],
    ['a type', { header: changed({}, member(16, rawText('application/x'))) }],
  ])('takes %s', async (_, options) => {
    await expect(verifyIntegrity(parse(options), nodeCrypto)).resolves.toBeDefined()
  })
})
