// JWS envelopes with one deviation each, for the vectors that notation-core-go judges.

import { flipBit } from './certificates.ts'
import type { EnvelopeCase } from './envelope-cases.ts'
import {
  envelopeChain,
  type JwsOptions,
  makeJws,
  signMessage,
  TARGET_ARTIFACT,
} from './envelopes.ts'

const EXPIRY = 'io.cncf.notary.expiry'
const SCHEME = 'io.cncf.notary.signingScheme'
const TIME = 'io.cncf.notary.signingTime'
const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime'
const PLUGIN = 'io.cncf.notary.verificationPlugin'
const TOKEN = 'io.cncf.notary.timestampSignature'
const LATER = '2030-01-03T03:04:05Z'

const AUTHORITY = {
  [SCHEME]: 'notary.x509.signingAuthority',
  [AUTHENTIC_TIME]: '2030-01-02T03:04:05Z',
  [TIME]: undefined,
  crit: [SCHEME, AUTHENTIC_TIME],
}
const ENVELOPE_TEXT = (from: string | RegExp, to: string) => (text: string) =>
  text.replace(from, to)

/** Name, deviation, and why we are stricter than the reference where we are. */
const CASES: readonly (readonly [name: string, options: JwsOptions, stricter?: string])[] = [
  ['the usual', {}],
  ['an expiry', { header: { [EXPIRY]: LATER, crit: [SCHEME, EXPIRY] } }],
  ['a signing authority', { header: AUTHORITY }],
  [
    'a signing authority with expiry',
    { header: { ...AUTHORITY, [EXPIRY]: LATER, crit: [EXPIRY, AUTHENTIC_TIME, SCHEME] } },
  ],
  ['times with an offset', { header: { [TIME]: '2030-01-02T11:04:05+08:00' } }],
  ['a fraction of a second', { header: { [TIME]: '2030-01-02T03:04:05.123456789Z' } }],
  ['an expiry of null', { header: { [EXPIRY]: null } }],
  ['an extended attribute', { header: { 'com.example.level': { deep: [1, 'two', null] } } }],
  ['an extended attribute of a JWS name', { header: { kid: 'key', typ: 'JOSE' } }],
  ['b64 as an extended attribute', { header: { b64: false } }],
  [
    'a verification plugin with a critical attribute of its own',
    {
      header: {
        [PLUGIN]: 'com.example.plugin',
        'com.example.a': 1,
        crit: [SCHEME, PLUGIN, 'com.example.a'],
      },
    },
  ],
  ['a timestamp token', { unprotected: { [TOKEN]: 'AQID' } }],
  ['an empty timestamp token', { unprotected: { [TOKEN]: '' } }],
  [
    'the old spelling of the signing agent',
    {
      unprotected: {
        'io.cncf.notary.signingAgent': undefined,
        'io.cncf.notary.SigningAgent': 'old',
      },
    },
  ],
  [
    'unknown members',
    { members: (members) => ({ ...members, more: [1] }), unprotected: { kid: 'x' } },
  ],
  [
    'unknown members in the payload',
    {
      payload: JSON.stringify({
        targetArtifact: { ...TARGET_ARTIFACT, urls: [], artifactType: 'a/b' },
        more: 1,
      }),
    },
  ],
  [
    'space around members',
    { text: (text) => `  ${JSON.stringify(JSON.parse(text), undefined, 2)}\n` },
  ],
  ['escapes in member names', { text: ENVELOPE_TEXT('"payload"', '"\\u0070ayload"') }],
  [
    'annotations of null',
    { payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, annotations: null } }) },
  ],

  ['text behind the envelope', { text: (text) => `${text}{}` }],
  ['a byte order mark', { text: (text) => `\ufeff${text}` }],
  ['an array', { text: (text) => `[${text}]` }],
  ['no payload', { members: ({ payload: _, ...rest }) => rest }],
  ['no protected header', { members: ({ protected: _, ...rest }) => rest }],
  ['no signature', { members: ({ signature: _, ...rest }) => rest }],
  ['an empty signature', { members: (members) => ({ ...members, signature: '' }) }],
  ['no unprotected header', { members: ({ header: _, ...rest }) => rest }],
  ['no x5c', { unprotected: { x5c: undefined } }],
  ['an empty x5c', { unprotected: { x5c: [] } }],
  ['an x5c that is a text', { unprotected: { x5c: 'AQID' } }],
  [
    'an x5c that is base64url',
    { unprotected: { x5c: [Buffer.from([0xfb, 0xff]).toString('base64url')] } },
  ],
  ['a leaf that is no certificate', { unprotected: { x5c: ['AQID'] } }],
  ['a signing agent that is a number', { unprotected: { 'io.cncf.notary.signingAgent': 1 } }],
  ['a timestamp token that is a list', { unprotected: { [TOKEN]: ['AQID'] } }],
  [
    'a padded signature',
    { members: (members) => ({ ...members, signature: `${members.signature}==` }) },
  ],
  ['a padded payload', { members: (members) => ({ ...members, payload: `${members.payload}=` }) }],
  [
    'base64 in place of base64url',
    {
      payload: new Uint8Array(
        Buffer.from(`{"targetArtifact":${JSON.stringify(TARGET_ARTIFACT)},"??>>":"ÿÿÿ???>>>"}`),
      ),
      members: (members) => ({
        ...members,
        payload: String(members.payload).replaceAll('-', '+').replaceAll('_', '/'),
      }),
    },
  ],
  [
    'a flipped bit of the signature',
    { sign: (message) => flipBit(signMessage(envelopeChain(), message), 5) },
  ],
  ['a signature in DER', { sign: () => new Uint8Array(70).fill(0x30) }],
  [
    'another payload than was signed',
    {
      members: (members) => ({
        ...members,
        payload: Buffer.from('{"targetArtifact":{}}').toString('base64url'),
      }),
    },
  ],
  [
    'another protected header than was signed',
    {
      members: (members) => ({
        ...members,
        protected: Buffer.from(`${Buffer.from(String(members.protected), 'base64url')} `).toString(
          'base64url',
        ),
      }),
    },
  ],
  ['the algorithm none', { header: { alg: 'none' } }],
  ['no algorithm', { header: { alg: undefined } }],
  ['an algorithm of another hash', { header: { alg: 'ES384' } }],
  ['an algorithm of another kind of key', { header: { alg: 'PS256' } }],
  ['an algorithm that the Notary Project has not', { header: { alg: 'RS256' } }],
  ['a header that is no JSON', { headerText: () => '{' }],
  ['a header that is a list', { headerText: () => '[]' }],
  ['no scheme', { header: { [SCHEME]: undefined } }],
  ['an unknown scheme', { header: { [SCHEME]: 'notary.x510' } }],
  ['a scheme that is a number', { header: { [SCHEME]: 1 } }],
  ['no signing time', { header: { [TIME]: undefined } }],
  ['a signing time that is a number', { header: { [TIME]: 1893553445 } }],
  ['a signing time that does not exist', { header: { [TIME]: '2030-02-30T03:04:05Z' } }],
  ['a signing time in lower case', { header: { [TIME]: '2030-01-02t03:04:05z' } }],
  ['an authentic signing time beside the scheme x509', { header: { [AUTHENTIC_TIME]: LATER } }],
  ['a signing time beside the signing authority', { header: { ...AUTHORITY, [TIME]: LATER } }],
  ['a signing authority without time', { header: { ...AUTHORITY, [AUTHENTIC_TIME]: undefined } }],
  [
    'an expiry at the signing time',
    { header: { [EXPIRY]: '2030-01-02T03:04:05Z', crit: [SCHEME, EXPIRY] } },
  ],
  [
    'an expiry before the signing time',
    { header: { [EXPIRY]: '2030-01-02T03:04:04Z', crit: [SCHEME, EXPIRY] } },
  ],
  ['no crit', { header: { crit: undefined } }],
  ['an empty crit', { header: { crit: [] } }],
  ['a crit that is a text', { header: { crit: SCHEME } }],
  ['a crit with a number', { header: { crit: [SCHEME, 1] } }],
  ['an expiry that is not critical', { header: { [EXPIRY]: LATER } }],
  ['an authentic signing time that is not critical', { header: { ...AUTHORITY, crit: [SCHEME] } }],
  ['a scheme that is not critical', { header: { 'com.example.a': 1, crit: ['com.example.a'] } }],
  ['a critical attribute that is absent', { header: { crit: [SCHEME, 'com.example.a'] } }],
  ['a critical expiry that is absent', { header: { crit: [SCHEME, EXPIRY] } }],
  ['a critical alg', { header: { crit: [SCHEME, 'alg'] } }],
  ['a critical signing time', { header: { crit: [SCHEME, TIME] } }],
  ['a scheme twice in crit', { header: { crit: [SCHEME, SCHEME] } }],
  ['no content type', { header: { cty: undefined } }],
  ['another content type', { header: { cty: 'application/json' } }],
  [
    'a content type with a parameter',
    { header: { cty: 'application/vnd.cncf.notary.payload.v1+json;v=1' } },
  ],
  ['an empty payload', { payload: '' }],
  ['a payload that is no JSON', { payload: 'payload' }],
  ['a payload that is a list', { payload: '[]' }],
  [
    'a payload with text behind it',
    { payload: `${JSON.stringify({ targetArtifact: TARGET_ARTIFACT })} x` },
  ],
  [
    'a size that is a text',
    { payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, size: '528' } }) },
  ],
  [
    'an annotation that is a number',
    { payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, annotations: { a: 1 } } }) },
  ],

  [
    'an unknown critical attribute',
    { header: { 'com.example.a': 1, crit: [SCHEME, 'com.example.a'] } },
    'signature-specification.md §Extended attributes',
  ],
  [
    'a critical b64',
    { header: { b64: false, crit: [SCHEME, 'b64'] } },
    'RFC 7797 is not supported',
  ],
  [
    'two payloads',
    { text: ENVELOPE_TEXT('{', '{"payload":"e30",') },
    'a member twice: two readers see two documents',
  ],
  ['two algorithms', { headerText: ENVELOPE_TEXT('{', '{"alg":"none",') }, 'a member twice'],
  [
    'two digests',
    {
      payload: JSON.stringify({ targetArtifact: TARGET_ARTIFACT }).replace(
        '{"m',
        '{"digest":"x","m',
      ),
    },
    'a member twice',
  ],
  [
    'two certificate chains',
    { text: ENVELOPE_TEXT('{"x5c"', '{"x5c":[],"x5c"') },
    'a member twice',
  ],
  [
    'a payload in another case',
    { members: ({ payload, ...rest }) => ({ Payload: payload, ...rest }) },
    'Go matches names without regard to case',
  ],
  [
    'a second expiry in another case',
    { header: { 'IO.cncf.notary.expiry': LATER, crit: [SCHEME, EXPIRY] } },
    'Go matches names without regard to case',
  ],
  [
    'a second x5c in another case',
    { text: ENVELOPE_TEXT('{"x5c"', '{"X5C":["AQID"],"x5c"') },
    'Go matches names without regard to case',
  ],
  [
    'a digest in another case',
    { payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, Digest: 'sha256:00' } }) },
    'Go matches names without regard to case',
  ],
  [
    'a line break in the signature',
    {
      members: (members) => ({
        ...members,
        signature: `${String(members.signature).slice(0, 4)}\n${String(members.signature).slice(4)}`,
      }),
    },
    'base64url without line breaks (RFC 7515 §2)',
  ],
  [
    'a line break in a certificate',
    {
      unprotected: {
        x5c: envelopeChain().certificates.map(
          (der) => `${Buffer.from(der).toString('base64')}\r\n`,
        ),
      },
    },
    'base64 without line breaks (RFC 4648 §3.1)',
  ],
  [
    'bits behind the last byte of the signature',
    {
      members: (members) => ({
        ...members,
        signature: String(members.signature).replace(/.$/, (last) =>
          String.fromCharCode(last.charCodeAt(0) + 1),
        ),
      }),
    },
    'RFC 4648 §3.5',
  ],
  [
    'half a surrogate pair',
    { header: { 'com.example.a': '\ud800' } },
    'it cannot be written as UTF-8, and Go reads another character',
  ],
  [
    'bytes that are not UTF-8',
    {
      headerText: (text) => text,
      payload: new Uint8Array([
        ...Buffer.from(`{"x":"`),
        0xff,
        ...Buffer.from(`","targetArtifact":${JSON.stringify(TARGET_ARTIFACT)}}`),
      ]),
    },
    'RFC 8259 §8.1',
  ],
  ['a payload without descriptor', { payload: '{}' }, 'nothing would be signed'],
  [
    'a digest of an unknown algorithm',
    { payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, digest: 'md5:00' } }) },
    'image-spec descriptor.md §Digests',
  ],
  [
    'a negative size',
    { payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, size: -1 } }) },
    'no content has it',
  ],
]

/** Each case with its name and how to make its envelope. */
export const JWS_CASES: readonly EnvelopeCase[] = CASES.map(([name, options, stricter]) => ({
  name: `JWS: ${name}`,
  mediaType: 'application/jose+json',
  make: () => makeJws(options),
  ...(stricter === undefined ? {} : { stricter }),
}))
