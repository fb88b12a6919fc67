// COSE envelopes with one deviation each from the Notary Project's rules, for the vectors that
// notation-core-go judges. Deviations from CBOR and COSE stand in cose-structure-cases.ts.

import { AT } from './certificates.ts'
import {
  beside,
  type CoseDeviation,
  type CoseMember,
  changed,
  coseCases,
  crit,
  member,
  without,
} from './cose-changes.ts'
import { type CoseOptions, rawTime, TARGET_ARTIFACT } from './envelopes.ts'
import {
  RAW_NULL,
  rawArray,
  rawBytes,
  rawFloat,
  rawInteger,
  rawMap,
  rawTag,
  rawText,
} from './raw-cbor.ts'

const EXPIRY = 'io.cncf.notary.expiry'
const SCHEME = 'io.cncf.notary.signingScheme'
const TIME = 'io.cncf.notary.signingTime'
const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime'
const PLUGIN = 'io.cncf.notary.verificationPlugin'
const TOKEN = 'io.cncf.notary.timestampSignature'
const LATER = new Date(AT.getTime() + 86_400_000)
const EPOCH_SECONDS = AT.getTime() / 1000

const AUTHORITY = changed({
  crit: crit(SCHEME, AUTHENTIC_TIME),
  scheme: member(SCHEME, rawText('notary.x509.signingAuthority')),
  time: member(AUTHENTIC_TIME, rawTime(AT)),
})
const time = (value: Uint8Array): CoseOptions => ({
  header: changed({ time: member(TIME, value) }),
})

const DEVIATIONS: readonly CoseDeviation[] = [
  ['the usual', {}],
  [
    'an expiry',
    { header: changed({ crit: crit(SCHEME, EXPIRY) }, member(EXPIRY, rawTime(LATER))) },
  ],
  ['a signing authority', { header: AUTHORITY }],
  ['members in another order', { header: (members) => Object.values(members).reverse() }],
  ['a time with a fraction', time(rawTag(1, rawFloat(EPOCH_SECONDS + 0.5)))],
  [
    'an extended attribute',
    {
      header: changed(
        {},
        member('com.example.a', rawMap([[rawText('deep'), rawArray(rawInteger(-5), RAW_NULL)]])),
      ),
    },
  ],
  [
    'an extended attribute with an integer label',
    { header: changed({}, member(999, rawBytes(Uint8Array.of(1)))) },
  ],
  [
    'an extended attribute with a tag',
    { header: changed({}, member('com.example.a', rawTag(32, rawText('https://example.com')))) },
  ],
  [
    'a verification plugin with a critical attribute of its own',
    {
      header: changed(
        { crit: crit(SCHEME, PLUGIN, 'com.example.a') },
        member(PLUGIN, rawText('com.example.plugin')),
        member('com.example.a', rawInteger(1)),
      ),
    },
  ],
  ['a critical alg', { header: changed({ crit: crit(SCHEME, 1, TIME) }) }],
  ['a scheme twice in crit', { header: changed({ crit: crit(SCHEME, SCHEME) }) }],
  ['a timestamp token', { unprotected: beside(member(TOKEN, rawBytes(Uint8Array.of(1, 2, 3)))) }],
  ['a timestamp token of another type', { unprotected: beside(member(TOKEN, rawText('AQID'))) }],
  [
    'a signing agent of another type',
    {
      unprotected: ([x5chain]) => [
        x5chain as CoseMember,
        member('io.cncf.notary.signingAgent', rawInteger(1)),
      ],
    },
  ],
  ['a key identifier', { unprotected: beside(member(4, rawBytes(Uint8Array.of(1)))) }],
  [
    'a countersignature',
    {
      unprotected: beside(
        member(11, rawArray(rawBytes(new Uint8Array()), rawMap([]), rawBytes(Uint8Array.of(1)))),
      ),
    },
  ],
  [
    'unknown members in the payload',
    {
      payload: JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, platform: null }, more: 1 }),
    },
  ],

  ['no algorithm', { header: without('alg') }],
  ['an algorithm of another hash', { header: changed({ alg: member(1, rawInteger(-35)) }) }],
  [
    'an algorithm that the Notary Project has not',
    { header: changed({ alg: member(1, rawInteger(-257)) }) },
  ],
  ['an algorithm that is a text', { header: changed({ alg: member(1, rawText('ES256')) }) }],
  ['an algorithm that is a float', { header: changed({ alg: member(1, rawFloat(-7)) }) }],
  ['no content type', { header: without('cty') }],
  ['a content type that is a number', { header: changed({ cty: member(3, rawInteger(50)) }) }],
  ['a content type without slash', { header: changed({ cty: member(3, rawText('json')) }) }],
  ['another content type', { header: changed({ cty: member(3, rawText('application/json')) }) }],
  ['no scheme', { header: without('scheme') }],
  ['a scheme that is a number', { header: changed({ scheme: member(SCHEME, rawInteger(1)) }) }],
  ['an unknown scheme', { header: changed({ scheme: member(SCHEME, rawText('notary.x510')) }) }],
  ['no signing time', { header: without('time') }],
  ['a time without tag', time(rawInteger(EPOCH_SECONDS))],
  ['a time with tag 0', time(rawTag(0, rawText('2030-01-02T03:04:05Z')))],
  ['a time with another tag', time(rawTag(32, rawText('2030-01-02T03:04:05Z')))],
  ['a time that is a text under tag 1', time(rawTag(1, rawText('2030-01-02T03:04:05Z')))],
  [
    'an expiry without tag',
    {
      header: changed(
        { crit: crit(SCHEME, EXPIRY) },
        member(EXPIRY, rawInteger(EPOCH_SECONDS + 1)),
      ),
    },
  ],
  [
    'an expiry at the signing time',
    { header: changed({ crit: crit(SCHEME, EXPIRY) }, member(EXPIRY, rawTime(AT))) },
  ],
  ['no crit', { header: without('crit') }],
  ['an empty crit', { header: changed({ crit: crit() }) }],
  ['a crit that is a text', { header: changed({ crit: member(2, rawText(SCHEME)) }) }],
  [
    'a crit with a list',
    { header: changed({ crit: member(2, rawArray(rawText(SCHEME), rawArray())) }) },
  ],
  [
    'a critical attribute that is absent',
    { header: changed({ crit: crit(SCHEME, 'com.example.a') }) },
  ],
  ['an expiry that is not critical', { header: changed({}, member(EXPIRY, rawTime(LATER))) }],
  [
    'an authentic signing time that is not critical',
    {
      header: changed({
        scheme: member(SCHEME, rawText('notary.x509.signingAuthority')),
        time: member(AUTHENTIC_TIME, rawTime(AT)),
      }),
    },
  ],
  ['an empty payload', { payload: '' }],
  ['a payload that is no JSON', { payload: 'payload' }],

  [
    'an unknown critical attribute',
    {
      header: changed(
        { crit: crit(SCHEME, 'com.example.a') },
        member('com.example.a', rawInteger(1)),
      ),
    },
    'signature-specification.md §Extended attributes',
  ],
  [
    'an unknown critical integer label',
    { header: changed({ crit: crit(SCHEME, 999) }, member(999, rawInteger(1))) },
    'signature-specification.md §Extended attributes',
  ],
  [
    'an authentic signing time beside the scheme x509',
    { header: changed({}, member(AUTHENTIC_TIME, rawTime(AT))) },
    'signing-scheme.md: only valid with the other scheme',
  ],
  [
    'a signing time beside the signing authority',
    {
      header: changed(
        {
          crit: crit(SCHEME, AUTHENTIC_TIME),
          scheme: member(SCHEME, rawText('notary.x509.signingAuthority')),
        },
        member(AUTHENTIC_TIME, rawTime(AT)),
      ),
    },
    'signing-scheme.md: only valid with the other scheme',
  ],
]

/** Each case with its name and how to make its envelope. */
export const COSE_CASES = coseCases(DEVIATIONS)
