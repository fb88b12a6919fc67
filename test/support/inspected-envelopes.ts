// Envelopes that the notation CLI cannot make and can inspect: every kind of attribute value, times other
// than whole seconds in UTC, the other signing scheme, timestamps of several precisions.

import { AT, type BuiltChain, buildChain } from './certificates.ts'
import {
  type CoseMembers,
  makeCose,
  makeJws,
  rawTime,
  signMessage,
  TARGET_ARTIFACT,
} from './envelopes.ts'
import { makeKey } from './keys.ts'
import {
  RAW_NULL,
  type RawMembers,
  rawArray,
  rawBytes,
  rawFloat,
  rawInteger,
  rawMap,
  rawText,
} from './raw-cbor.ts'
import { accuracyOf, buildToken, type TokenOptions } from './timestamps.ts'

/** An envelope by what is odd about it. */
export interface InspectedEnvelope {
  readonly name: string
  readonly mediaType: 'application/jose+json' | 'application/cose'
  readonly envelope: Uint8Array
  readonly chain: BuiltChain
}

const SCHEME = 'io.cncf.notary.signingScheme'
const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime'
const SIGNING_TIME = 'io.cncf.notary.signingTime'
const EXPIRY = 'io.cncf.notary.expiry'
const TIMESTAMP = 'io.cncf.notary.timestampSignature'
const AUTHORITY = 'notary.x509.signingAuthority'
const PLUGIN = 'io.cncf.notary.verificationPlugin'
const MIN_VERSION = 'io.cncf.notary.verificationPluginMinVersion'
/** ETSI's baseline policy: an accuracy of one second where the token states none. */
const BASELINE_POLICY = '0.4.0.2023.1.1'

const ec = buildChain()
const rsa = buildChain({ leaf: { key: makeKey('rsa-2048') } })
const tsa = buildChain({ purpose: 'timestamping' })

/** JSON values of extended attributes, by the attribute's name. */
const JSON_VALUES = {
  text: 'a "text" <with> & signs',
  million: 1_000_000,
  precise: 1234.5678,
  small: 0.000012,
  negative: -7,
  yes: true,
  nothing: null,
  list: [1, 'two', [true, null], {}],
  object: { z: 1, a: { é: 'x', Z: [1e21] }, '😀': 2, '\uffff': 3 },
}

const JWS: readonly (readonly [name: string, make: (chain: BuiltChain) => Uint8Array])[] = [
  ['attributes of every JSON type', (chain) => makeJws({ chain, header: JSON_VALUES })],
  [
    'times with offset and fraction',
    (chain) =>
      makeJws({
        chain,
        header: {
          crit: [SCHEME, EXPIRY],
          [SIGNING_TIME]: '2030-01-02T11:04:05.120+08:00',
          [EXPIRY]: '2031-01-02T03:04:05.000-00:00',
        },
      }),
  ],
  [
    'the signing authority scheme',
    (chain) =>
      makeJws({
        chain,
        header: {
          crit: [SCHEME, AUTHENTIC_TIME],
          [SCHEME]: AUTHORITY,
          [SIGNING_TIME]: undefined,
          [AUTHENTIC_TIME]: '2030-01-02T03:04:05Z',
        },
      }),
  ],
  [
    'a verification plugin',
    (chain) =>
      makeJws({
        chain,
        header: {
          crit: [SCHEME, PLUGIN, MIN_VERSION, 'own'],
          [PLUGIN]: 'com.example.plugin',
          [MIN_VERSION]: '1.0.0',
          own: 5,
        },
      }),
  ],
  [
    'no signing agent',
    (chain) => makeJws({ chain, unprotected: { 'io.cncf.notary.signingAgent': undefined } }),
  ],
  [
    'annotations',
    (chain) => makeJws({ chain, payload: payloadWith({ b: '2', a: '1', 'é<&>': '' }) }),
  ],
  ['an empty list of annotations', (chain) => makeJws({ chain, payload: payloadWith({}) })],
  [
    'a timestamp accurate to microseconds',
    (chain) => stampedJws(chain, { accuracy: accuracyOf(1, 20, 3) }),
  ],
  [
    'a timestamp with a fraction',
    (chain) => stampedJws(chain, { time: '20300102030405.1234567Z' }),
  ],
  ['a timestamp of the baseline policy', (chain) => stampedJws(chain, { policy: BASELINE_POLICY })],
]

const COSE: readonly (readonly [name: string, make: (chain: BuiltChain) => Uint8Array])[] = [
  [
    'attributes of every CBOR type',
    (chain) => makeCose({ chain, header: withMembers(CBOR_VALUES) }),
  ],
  [
    'the signing authority scheme, and expiry',
    (chain) =>
      makeCose({
        chain,
        header: ({ alg, cty, crit: [critical] }) => [
          alg,
          [critical, rawArray(rawText(SCHEME), rawText(AUTHENTIC_TIME), rawText(EXPIRY))],
          cty,
          [rawText(EXPIRY), rawTime(new Date(AT.getTime() + 1000))],
          [rawText(SCHEME), rawText(AUTHORITY)],
          [rawText(AUTHENTIC_TIME), rawTime(AT)],
        ],
      }),
  ],
  ['annotations', (chain) => makeCose({ chain, payload: payloadWith({ build: '42' }) })],
  ['a timestamp', (chain) => stampedCose(chain, { accuracy: accuracyOf(0, 500) })],
]

const CBOR_VALUES: RawMembers = [
  [rawText('text'), rawText('a text')],
  [rawText('million'), rawInteger(1_000_000)],
  [rawText('float'), rawFloat(1e6)],
  [rawText('bytes'), rawBytes(Uint8Array.of(1, 200))],
  [rawText('nothing'), RAW_NULL],
  [rawText('list'), rawArray(rawInteger(-3), rawArray(rawText('x')))],
  [rawText('object'), rawMap([[rawText('a'), rawInteger(1)]])],
  [rawInteger(1000), rawText('under an integer')],
]

/** All of them, signed with ECDSA and with RSASSA-PSS by turns. */
export function inspectedEnvelopes(): readonly InspectedEnvelope[] {
  const all = [
    ...JWS.map(([name, make]) => ({ name, make, mediaType: 'application/jose+json' as const })),
    ...COSE.map(([name, make]) => ({ name, make, mediaType: 'application/cose' as const })),
  ]
  return all.map(({ name, make, mediaType }, index) => {
    const chain = index % 2 === 0 ? ec : rsa
    return { name: `${mediaType} with ${name}`, mediaType, envelope: make(chain), chain }
  })
}

/** A JWS whose timestamp is about its signature. */
export function stampedJws(chain: BuiltChain, options: Partial<TokenOptions>): Uint8Array {
  return makeJws({
    chain,
    members: (members) => {
      const signature = Buffer.from(String(members.signature), 'base64url')
      const token = Buffer.from(tokenOver(signature, options)).toString('base64')
      return { ...members, header: { ...(members.header as object), [TIMESTAMP]: token } }
    },
  })
}

function stampedCose(chain: BuiltChain, options: Partial<TokenOptions>): Uint8Array {
  let signature = new Uint8Array()
  return makeCose({
    chain,
    sign: (message) => {
      signature = Uint8Array.from(signMessage(chain, message))
      return signature
    },
    unprotected: (members) => [
      ...members,
      [rawText(TIMESTAMP), rawBytes(tokenOver(signature, options))],
    ],
  })
}

function tokenOver(signature: Uint8Array, options: Partial<TokenOptions>): Uint8Array {
  const [signer] = tsa.issued
  if (signer === undefined) throw new RangeError('the chain is empty')
  return buildToken({ signer, certificates: tsa.certificates, signature, ...options })
}

function withMembers(more: RawMembers): (members: CoseMembers) => RawMembers {
  return (members) => [...Object.values(members), ...more]
}

function payloadWith(annotations: Readonly<Record<string, string>>): string {
  return JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, annotations } })
}
