// Tokens of timestamp authorities whose chain breaks a rule, and stores that hold the authority's root or
// do not; beside them the tokens that deviate in themselves.

import { encodeNull } from '../../../shared/der-encode.ts'
import { PURPOSE } from '../../../shared/x509/extensions.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import type { ChainOptions } from '../../support/certificates.ts'
import {
  ARTIFACT,
  type Declared,
  type DeclaredDifference,
  type Definition,
  longChain,
  pem,
  policy,
  refused,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'
import { CHAIN_DEVIATIONS, type ChainDeviation } from './chain-deviations.ts'
import { type Stamp, stamped } from './timestamped.ts'
import { TOKENS, tsa } from './token-deviations.ts'

const INVALID = rejected('authenticTimestamp', 'timestamp-invalid')
const SHOWS = ['RFC 3161 §2.4.2', 'RFC 5652 §5']

const chain = longChain()
const critical = encodeExtension('1.2.3', encodeNull(), true)

type PathRow = readonly [
  title: string,
  options: ChainOptions,
  declared: Declared,
  difference?: DeclaredDifference,
]

const LAPSED = {
  notBefore: new Date('2021-01-01T00:00:00Z'),
  notAfter: new Date('2022-01-01T00:00:00Z'),
}
const PASSED = {
  notBefore: new Date('2021-01-01T00:00:00Z'),
  notAfter: new Date('2023-01-01T00:00:00Z'),
}

const PATHS: readonly PathRow[] = [
  ['signer expired since', { leaf: PASSED }, VERIFIED],
  ['authority expired since', { intermediate: PASSED, root: PASSED }, VERIFIED],
  ['signer expired before', { leaf: LAPSED }, INVALID],
  ['intermediate expired before', { intermediate: LAPSED }, INVALID],
  ['root expired before', { root: LAPSED }, INVALID],
  [
    'intermediate for code signing alone',
    { intermediate: { extendedKeyUsage: [PURPOSE.codeSigning] } },
    INVALID,
  ],
  ['root for code signing alone', { root: { extendedKeyUsage: [PURPOSE.codeSigning] } }, INVALID],
  ['intermediate for any purpose', { intermediate: { extendedKeyUsage: [PURPOSE.any] } }, VERIFIED],
  [
    'intermediate for timestamping',
    { intermediate: { extendedKeyUsage: [PURPOSE.timeStamping] } },
    VERIFIED,
  ],
  ['critical extension in the signer', { leaf: { extraExtensions: [critical] } }, INVALID],
  [
    'critical extension in the intermediate',
    { intermediate: { extraExtensions: [critical] } },
    INVALID,
  ],
  ['critical extension in the root', { root: { extraExtensions: [critical] } }, INVALID],
  ['purpose any alone', { leaf: { extendedKeyUsage: [PURPOSE.any] } }, INVALID],
  ['RSA signer', { leaf: { key: 'rsa-3072' }, root: { key: 'rsa-2048-ca' } }, VERIFIED],
  ['P-521 signer', { leaf: { key: 'P-521' } }, VERIFIED],
  ['P-224 signer', { leaf: { key: 'P-224' } }, INVALID],
  ['RSA signer of 1024 bits', { leaf: { key: 'rsa-1024' } }, INVALID],
]

/** Tokens that deviate in themselves, and tokens of authorities that do. */
export function tokens(): readonly Definition[] {
  return [
    ...TOKENS.map(([title, token, declared, difference]) =>
      tokenCase('token', { title, stamp: { tsa, token }, declared, difference }),
    ),
    ...PATHS.map(([title, options, declared, difference]) => {
      const authority = longChain({ purpose: 'timestamping', ...options })
      return tokenCase('token-chain', { title, stamp: { tsa: authority }, declared, difference })
    }),
    ...CHAIN_DEVIATIONS.filter(({ title }) => !NOT_FOR_TOKENS.includes(title)).map(deviationCase),
    ...stores(),
  ]
}

/** A path is built of a token's certificates, whatever their order, and ends at the store's root. */
const ANY_ORDER = ['reversed', 'root twice', 'leaf twice', 'root missing', 'root signature broken']
const NOT_FOR_TOKENS = ['leaf alone']
const ROOT_REFUSED =
  /^(?:self-signed leaf|root issued under|root with empty|SHA-1 root|RSA CA|P-224 CA)/
const WHOLE = { reason: 'a trust bundle with a certificate that cannot be trusted is not taken' }

function deviationCase(deviation: ChainDeviation): Definition {
  const { title, goodFor, options, change, difference } = deviation
  const authority = longChain({ purpose: 'timestamping', ...options })
  const certificates = change?.(authority.certificates) ?? authority.certificates
  const stamp = { tsa: authority, token: { certificates } }
  if (ROOT_REFUSED.test(title)) {
    const declared = refused('trust-store-invalid')
    return tokenCase('token-chain', { title, stamp, declared, difference: difference ?? WHOLE })
  }
  const isGood = goodFor === 'both' || goodFor === 'timestamping' || ANY_ORDER.includes(title)
  const declared = isGood ? VERIFIED : INVALID
  return tokenCase('token-chain', { title, stamp, declared, difference })
}

function stores(): readonly Definition[] {
  const foreign = longChain({ purpose: 'timestamping' })
  const of = (
    title: string,
    held: Readonly<Record<string, readonly string[]>>,
    declared: Declared,
    difference?: DeclaredDifference,
  ) => ({
    ...tokenCase('token-store', { title, stamp: { tsa }, declared, difference }),
    bundle: {
      trustPolicy: policy({ trustStores: ['ca:acme', 'tsa:clock'] }),
      trustStores: { 'ca:acme': [rootOf(chain)], ...held },
    },
  })
  return [
    of('the root', { 'tsa:clock': [rootOf(tsa)] }, VERIFIED),
    of('the root beside another', { 'tsa:clock': [rootOf(foreign), rootOf(tsa)] }, VERIFIED),
    of('another root of the same name', { 'tsa:clock': [rootOf(foreign)] }, INVALID),
    of('no store', {}, rejected('authenticTimestamp', 'trust-store-missing')),
    of('an empty store', { 'tsa:clock': [] }, refused('trust-store-invalid'), WHOLE),
    of(
      'the intermediate',
      { 'tsa:clock': [pem(tsa.certificates[1] ?? new Uint8Array())] },
      refused('trust-store-invalid'),
      WHOLE,
    ),
  ]
}

function tokenCase(
  group: string,
  {
    title,
    stamp,
    declared,
    difference,
  }: {
    readonly title: string
    readonly stamp: Stamp
    readonly declared: Declared
    readonly difference: DeclaredDifference | undefined
  },
): Definition {
  return {
    group,
    title,
    shows: SHOWS,
    origin: 'builder',
    bundle: {
      trustPolicy: policy({ trustStores: ['ca:acme', 'tsa:clock'] }),
      trustStores: { 'ca:acme': [rootOf(chain)], 'tsa:clock': [rootOf(stamp.tsa)] },
    },
    ...ARTIFACT,
    signatures: [stamped('JWS', chain, stamp)],
    declared,
    ...(difference === undefined ? {} : { difference }),
  }
}
