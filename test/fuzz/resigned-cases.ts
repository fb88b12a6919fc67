// Signatures whose headers, payloads, certificates or tokens were altered and then signed again, so that readers
// and rules decide on them and no broken signature does.

import { encodeUtf8 } from '../../shared/bytes.ts'
import { isNotationError } from '../../shared/errors.ts'
import { type Certificate, parseCertificate } from '../../shared/x509/certificate.ts'
import { longChain, policy, rootOf, VALID } from '../corpus/definition.ts'
import { type BuiltChain, buildChain } from '../support/certificates.ts'
import { beside, member } from '../support/cose-changes.ts'
import { makeCose, makeJws, rawTime, signMessage, TARGET_ARTIFACT } from '../support/envelopes.ts'
import {
  RAW_NULL,
  rawArray,
  rawBytes,
  rawFloat,
  rawInteger,
  rawMap,
  rawTag,
  rawText,
} from '../support/raw-cbor.ts'
import { accuracyOf, buildToken, type TokenOptions } from '../support/timestamps.ts'
import { alteredChain } from './altered-certificates.ts'
import { mutateCbor } from './mutate-cbor.ts'
import { mutateDer } from './mutate-der.ts'
import { mutateJson } from './mutate-json.ts'
import type { Random } from './random.ts'

/** An altered signature, with the name of the bundle to verify it under. */
export interface ResignedCase {
  readonly kind: string
  readonly bundle: string
  readonly mediaType: 'application/jose+json' | 'application/cose'
  readonly envelope: Uint8Array
}

/** What makes cases, with the bundles that they name. */
export interface ResignedCases {
  readonly bundles: Readonly<
    Record<
      string,
      {
        readonly trustPolicy: ReturnType<typeof policy>
        readonly trustStores: Readonly<Record<string, readonly string[]>>
      }
    >
  >
  make(random: Random): ResignedCase
}

/** The chains that the bundles trust. */
interface Trusted {
  readonly chain: BuiltChain
  readonly tsa: BuiltChain
}

type Make = (random: Random, trusted: Trusted) => Pick<ResignedCase, 'mediaType' | 'envelope'>

const JWS = 'application/jose+json'
const COSE = 'application/cose'
const TOKEN = 'io.cncf.notary.timestampSignature'
const SCHEME = 'io.cncf.notary.signingScheme'
const SIGNING_TIME = 'io.cncf.notary.signingTime'
const AUTHENTIC_TIME = 'io.cncf.notary.authenticSigningTime'
const EXPIRY = 'io.cncf.notary.expiry'
const SIGNED_AT = '2026-01-01T00:00:00Z'
const ATTRIBUTE_VALUE = rawMap([
  [rawText('a'), rawArray(rawInteger(1), rawTag(1, rawInteger(2)), rawFloat(0.5), RAW_NULL)],
  [rawText('b'), rawTag(100, rawBytes(Uint8Array.of(0)))],
])
const TOKEN_TIMES = [
  '20260101000000Z',
  '20260101000000.5Z',
  '20190101000000Z',
  '20991231235959Z',
  '20260101000000',
  '20260229000000Z',
]
/** In these the timestamp is looked at, in the others not. */
const STAMPED_BUNDLES = ['stamped', 'stamped-audit']
const PLAIN_BUNDLES = ['any', 'subject', 'authority', 'permissive', 'audit']

const ALL_BUNDLES = [...PLAIN_BUNDLES, ...STAMPED_BUNDLES]

/** Kinds of cases. In the unsigned ones nothing had to be signed again: what was altered is not signed. */
const KINDS: readonly (readonly [kind: string, bundles: readonly string[], make: Make])[] = [
  ['header-jws', PLAIN_BUNDLES, jwsHeader],
  ['header-cose', PLAIN_BUNDLES, coseHeader],
  ['payload-jws', PLAIN_BUNDLES, (random, { chain }) => jwsOf({ chain, payload: payload(random) })],
  [
    'payload-cose',
    PLAIN_BUNDLES,
    (random, { chain }) => coseOf({ chain, payload: payload(random) }),
  ],
  ['certificate-jws', PLAIN_BUNDLES, (random, { chain }) => jwsOf({ chain: below(random, chain) })],
  [
    'certificate-cose',
    PLAIN_BUNDLES,
    (random, { chain }) => coseOf({ chain: below(random, chain) }),
  ],
  ['chain-jws', PLAIN_BUNDLES, (random, { chain }) => jwsOf(otherList(random, chain))],
  ['chain-cose', PLAIN_BUNDLES, (random, { chain }) => coseOf(otherList(random, chain))],
  ['unsigned-jws', ALL_BUNDLES, jwsUnsigned],
  ['unsigned-cose', ALL_BUNDLES, coseUnsigned],
  ['token-jws', STAMPED_BUNDLES, jwsToken],
  ['token-cose', STAMPED_BUNDLES, coseToken],
]

/** Makes the keys, chains and bundles that all cases share. */
export function createResignedCases(): ResignedCases {
  const chain = longChain()
  const tsa = buildChain({ purpose: 'timestamping', leaf: VALID, intermediate: VALID, root: VALID })
  const root = [rootOf(chain)]
  const stamped = { 'ca:acme': root, 'tsa:acme': [rootOf(tsa)] }
  const stores = ['ca:acme', 'tsa:acme']
  const subject = ['x509.subject: C=US, ST=UT, O=Acme\\, Inc.']
  const authority = { trustStores: ['ca:acme', 'signingAuthority:acme'] }
  const plain = { 'ca:acme': root }
  return {
    bundles: {
      any: { trustPolicy: policy(), trustStores: plain },
      subject: { trustPolicy: policy({ trustedIdentities: subject }), trustStores: plain },
      authority: {
        trustPolicy: policy(authority),
        trustStores: { ...plain, 'signingAuthority:acme': root },
      },
      permissive: { trustPolicy: policy({ level: 'permissive' }), trustStores: plain },
      audit: { trustPolicy: policy({ level: 'audit' }), trustStores: plain },
      stamped: { trustPolicy: policy({ trustStores: stores }), trustStores: stamped },
      'stamped-audit': {
        trustPolicy: policy({ level: 'audit', trustStores: stores }),
        trustStores: stamped,
      },
    },
    make(random) {
      const [kind, bundles, make] = random.pick(KINDS)
      return { kind, bundle: random.pick(bundles), ...make(random, { chain, tsa }) }
    },
  }
}

function jwsOf(options: Parameters<typeof makeJws>[0]) {
  const header = { [SIGNING_TIME]: SIGNED_AT, ...options?.header }
  return { mediaType: JWS, envelope: makeJws({ ...options, header }) } as const
}

function coseOf(options: Parameters<typeof makeCose>[0]) {
  return { mediaType: COSE, envelope: makeCose(options) } as const
}

function jwsHeader(random: Random, { chain }: Trusted) {
  const altered = (text: string) => Buffer.from(mutateJson(random, encodeUtf8(text))).toString()
  // What nobody reads must be well-formed too.
  const attribute = () => `,"io.example":${altered('{"a":[1,"b",null,{"c":0.5}]}')}}`
  const text = (usual: string) =>
    random.oneIn(2) ? altered(usual) : usual.replace(/\}$/, attribute)
  const headers: readonly Readonly<Record<string, unknown>>[] = [
    {},
    { crit: [SCHEME, EXPIRY], [EXPIRY]: '2090-01-01T00:00:00Z' },
    { crit: [SCHEME, EXPIRY], [EXPIRY]: '2020-01-01T00:00:00+01:00' },
    {
      crit: [SCHEME, AUTHENTIC_TIME],
      [SCHEME]: 'notary.x509.signingAuthority',
      [SIGNING_TIME]: undefined,
      [AUTHENTIC_TIME]: SIGNED_AT,
    },
    { crit: [SCHEME, 'io.example'], 'io.example': { a: [1, 'b', null] } },
    {
      'io.example': 'b',
      'io.cncf.notary.verificationPlugin': 'p',
      'io.cncf.notary.verificationPluginMinVersion': '1.0.0',
    },
  ]
  return jwsOf({ chain, header: random.pick(headers), headerText: text })
}

function coseHeader(random: Random, { chain }: Trusted) {
  const more = [
    [],
    [member(EXPIRY, rawTime(new Date('2090-01-01T00:00:00Z')))],
    [member(AUTHENTIC_TIME, rawTime(new Date(SIGNED_AT)))],
    [member('io.example', rawText('a'))],
    [member(-70_000, rawInteger(1)), member('io.cncf.notary.verificationPlugin', rawText('p'))],
  ]
  const isWhole = random.oneIn(2)
  const attribute = () => [member('io.other', mutateCbor(random, ATTRIBUTE_VALUE))]
  return coseOf({
    chain,
    header: (members) => [
      ...Object.values(members),
      ...(isWhole ? random.pick(more) : attribute()),
    ],
    headerBytes: (bytes) => (isWhole ? mutateCbor(random, bytes) : bytes),
  })
}

function payload(random: Random): Uint8Array {
  const annotations = { buildId: '101', 'io.example': 'é' }
  return mutateJson(
    random,
    encodeUtf8(JSON.stringify({ targetArtifact: { ...TARGET_ARTIFACT, annotations } })),
  )
}

function below(random: Random, chain: BuiltChain): BuiltChain {
  return alteredChain(random, rootIn(chain))
}

/** The certificates of a chain, some left out, repeated, put elsewhere or altered. */
function otherList(random: Random, chain: BuiltChain) {
  const { certificates, leafKey } = random.oneIn(2) ? chain : below(random, chain)
  const [leaf = new Uint8Array()] = certificates
  const others = [...certificates, random.pick(chain.certificates), mutateDer(random, leaf)]
  const changes = [
    () => certificates.filter(() => !random.oneIn(3)),
    () => certificates.toSpliced(random.below(4), 0, random.pick(others)),
    () => certificates.with(random.below(certificates.length), random.pick(others)),
    () => certificates.toReversed(),
    () => [...certificates, ...certificates],
  ]
  return { chain: { ...chain, leafKey }, certificates: random.pick(changes)() }
}

function rootIn({ issued }: BuiltChain): BuiltChain['issued'][number] {
  const root = issued.at(-1)
  if (root === undefined) throw new RangeError('the chain has a root')
  return root
}

type Alter = (bytes: Uint8Array) => Uint8Array

function jwsToken(random: Random, { chain, tsa }: Trusted) {
  return jwsStamped(chain, (signature) => alteredToken(random, tsa, signature))
}

function coseToken(random: Random, { chain, tsa }: Trusted) {
  return coseStamped(chain, (signature) => alteredToken(random, tsa, signature))
}

function jwsUnsigned(random: Random, { chain, tsa }: Trusted) {
  return jwsStamped(chain, usualToken(tsa), (envelope) => mutateJson(random, envelope))
}

function coseUnsigned(random: Random, { chain, tsa }: Trusted) {
  return coseStamped(chain, usualToken(tsa), (envelope) => mutateCbor(random, envelope))
}

function usualToken(tsa: BuiltChain): Alter {
  return (signature) => buildToken(usualStamp(tsa, signature))
}

function jwsStamped(chain: BuiltChain, tokenOf: Alter, alter: Alter = same) {
  const sign = signOnce(chain)
  makeJws({ chain, sign, header: { [SIGNING_TIME]: SIGNED_AT } })
  const token = Buffer.from(tokenOf(sign(new Uint8Array()))).toString('base64')
  const { mediaType, envelope } = jwsOf({ chain, sign, unprotected: { [TOKEN]: token } })
  return { mediaType, envelope: alter(envelope) }
}

function coseStamped(chain: BuiltChain, tokenOf: Alter, alter: Alter = same) {
  const sign = signOnce(chain)
  makeCose({ chain, sign })
  const token = rawBytes(tokenOf(sign(new Uint8Array())))
  const { mediaType, envelope } = coseOf({ chain, sign, unprotected: beside(member(TOKEN, token)) })
  return { mediaType, envelope: alter(envelope) }
}

function same(bytes: Uint8Array): Uint8Array {
  return bytes
}

/** Gives the signature of what it was asked for first, which the token imprints and the envelope carries. */
function signOnce(chain: BuiltChain): (message: Uint8Array) => Uint8Array {
  let signature: Uint8Array | undefined
  return (message) => {
    signature ??= signMessage(chain, message)
    return signature
  }
}

function usualStamp(tsa: BuiltChain, signature: Uint8Array) {
  const [signer] = tsa.issued
  if (signer === undefined) throw new RangeError('the authority has a certificate')
  return { signer, certificates: tsa.certificates, signature, time: '20260101000000Z' }
}

function alteredToken(random: Random, tsa: BuiltChain, signature: Uint8Array): Uint8Array {
  const usual = usualStamp(tsa, signature)
  const alter = (bytes: Uint8Array) => mutateDer(random, bytes)
  const changes: readonly (() => Partial<TokenOptions>)[] = [
    () => ({ alterContent: alter, accuracy: accuracyOf(1, 2, 3) }),
    () => ({ alterAttributes: alter }),
    () => ({ time: random.pick(TOKEN_TIMES) }),
    () => ({
      accuracy: accuracyOf(random.pick([0, 1, 2 ** 30]), random.below(1100), random.below(1100)),
    }),
    () => ({ imprintHash: random.pick(['SHA-256', 'SHA-384', 'SHA-512']) }),
    () => ({ tstVersion: random.below(3), policy: random.pick(['0.4.0.2023.1.1', '1.2.3']) }),
    () => ({ signedDataVersion: random.below(6), signerVersion: random.below(4) }),
    () => ({ certificates: tsa.certificates.filter(() => !random.oneIn(2)) }),
    () => ofAlteredAuthority(random, tsa, usual.signer.certificate),
    () => ofAlteredAuthority(random, tsa, usual.signer.certificate),
  ]
  const token = buildToken({ ...usual, ...random.pick(changes)() })
  // What is outside of both signatures, and what is within.
  return random.oneIn(6) ? alter(token) : token
}

function ofAlteredAuthority(
  random: Random,
  tsa: BuiltChain,
  usual: Certificate,
): Partial<TokenOptions> {
  const { certificates, leafKey } = alteredChain(random, rootIn(tsa), 'timestamping')
  const [der = new Uint8Array()] = certificates
  return { signer: { der, key: leafKey, certificate: readOr(der, usual) }, certificates }
}

/** The token names its signer by issuer and serial number, which may not be there to be read. */
function readOr(der: Uint8Array, usual: Certificate): Certificate {
  try {
    return parseCertificate(der)
  } catch (error) {
    if (isNotationError(error, 'certificate-malformed')) return usual
    throw error
  }
}
