import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { parseEnvelope } from '../../../shared/envelope/envelope.ts'
import { NotationError } from '../../../shared/errors.ts'
import { type JwsOptions, makeJws } from '../../support/envelopes.ts'

const TOKEN = 'io.cncf.notary.timestampSignature'
const AGENT = 'io.cncf.notary.signingAgent'

const parse = (bytes: Uint8Array) => parseEnvelope('application/jose+json', bytes)

describe('parseEnvelope() of JWS', () => {
  test.each<readonly [string, JwsOptions, string]>([
    ['an array', { text: (text) => `[${text}]` }, 'it is not an object'],
    ['no payload', { members: (all) => ({ ...all, payload: undefined }) }, '"payload" is missing'],
    [
      'a payload that is an object',
      { members: (all) => ({ ...all, payload: {} }) },
      '"payload" is not a text',
    ],
    [
      'a header that is a list',
      { members: (all) => ({ ...all, header: [] }) },
      '"header" is not an object',
    ],
    ['an x5c that is a text', { unprotected: { x5c: 'AQID' } }, '"x5c" is not a list of texts'],
    ['an x5c with a number', { unprotected: { x5c: [1] } }, '"x5c" is not a list of texts'],
    ['a token that is a list', { unprotected: { [TOKEN]: [] } }, `"${TOKEN}" is not a text`],
    [
      'a token that is base64url',
      { unprotected: { [TOKEN]: 'AQ' } },
      `"${TOKEN}": Cannot read base64: its length 2 is not a multiple of 4`,
    ],
    ['an agent that is a number', { unprotected: { [AGENT]: 1 } }, `"${AGENT}" is not a text`],
    [
      'a padded signature',
      { members: (all) => ({ ...all, signature: 'AQ==' }) },
      '"signature": Cannot read base64url: the character at position 2 is not in its alphabet',
    ],
    [
      'a protected header in base64',
      { members: (all) => ({ ...all, protected: '+/' }) },
      '"protected": Cannot read base64url: the character at position 0 is not in its alphabet',
    ],
    ['a second spelling', { unprotected: { X5C: [] } }, '"X5C" differs from a name in case only'],
  ])('refuses %s', (_, options, found) => {
    expect(() => parse(makeJws(options))).toThrow(
      new NotationError('envelope-malformed', `Cannot read JWS envelope: ${found}`),
    )
  })

  test('keeps the error of the reader as the cause', () => {
    const cause = new NotationError(
      'encoding-invalid',
      'Cannot read JSON: a member needs a name, at character 1',
    )
    try {
      parse(encodeUtf8('{'))
      expect.fail()
    } catch (error) {
      expect(error).toEqual(
        new NotationError('envelope-malformed', `Cannot read envelope: ${cause.message}`, {
          cause,
        }),
      )
      expect((error as Error).cause).toEqual(cause)
    }
    expect(new NotationError('envelope-malformed', 'x')).not.toHaveProperty('cause')
  })

  test('takes null for a member that is absent, as Go does', () => {
    const unprotected = { [TOKEN]: null, [AGENT]: null }
    const parsed = parse(makeJws({ unprotected }))
    expect(parsed).not.toHaveProperty('timestampToken')
    expect(parsed).not.toHaveProperty('signingAgent')
    expect(() => parse(makeJws({ unprotected: { x5c: null } }))).toThrow(
      'certificate chain is not present',
    )
  })

  test('reads the signing agent in its old spelling', () => {
    const unprotected = { [AGENT]: undefined, 'io.cncf.notary.SigningAgent': 'old/1' }
    expect(parse(makeJws({ unprotected })).signingAgent).toBe('old/1')
  })
})
