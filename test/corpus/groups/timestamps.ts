// Timestamps: inside and outside the validity of the signing chain, with an expired certificate and
// without, and when a policy asks for them.

import type { BuiltChain, ChainOptions } from '../../support/certificates.ts'
import { makeCose, makeJws } from '../../support/envelopes.ts'
import { accuracyOf, type TokenOptions } from '../../support/timestamps.ts'
import {
  ARTIFACT,
  cose,
  type Declared,
  type Definition,
  jws,
  longChain,
  policy,
  rejected,
  rootOf,
  type StatementOptions,
  VERIFIED,
} from '../definition.ts'
import { stamped } from './timestamped.ts'

const tsa = longChain({ purpose: 'timestamping' })
const EXPIRED = {
  notBefore: new Date('2021-01-01T00:00:00Z'),
  notAfter: new Date('2023-01-01T00:00:00Z'),
}
const BOTH_STORES = ['ca:acme', 'tsa:clock']

interface Timed {
  readonly title: string
  readonly chain?: ChainOptions
  /** Absent for a signature without one. */
  readonly token?: Partial<TokenOptions>
  readonly bytes?: Uint8Array
  readonly statement?: StatementOptions
  readonly declared: Declared
}

const OUTSIDE = rejected('authenticTimestamp', 'time-outside-validity')
const MISSING = rejected('authenticTimestamp', 'timestamp-missing')
const EXPIRED_NOW = rejected('authenticTimestamp', 'certificate-not-valid')
const INVALID = rejected('authenticTimestamp', 'timestamp-invalid')
const AFTER_EXPIRY = { verifyTimestamp: 'afterCertExpiry' }

const CASES: readonly Timed[] = [
  { title: 'valid certificates', token: {}, declared: VERIFIED },
  { title: 'expired leaf', chain: { leaf: EXPIRED }, token: {}, declared: VERIFIED },
  {
    title: 'expired intermediate',
    chain: { intermediate: EXPIRED },
    token: {},
    declared: VERIFIED,
  },
  { title: 'expired root', chain: { root: EXPIRED }, token: {}, declared: VERIFIED },
  {
    title: 'expired leaf, after expiry only',
    chain: { leaf: EXPIRED },
    token: {},
    statement: AFTER_EXPIRY,
    declared: VERIFIED,
  },
  { title: 'expired leaf, no token', chain: { leaf: EXPIRED }, declared: MISSING },
  { title: 'expired root, no token', chain: { root: EXPIRED }, declared: MISSING },
  {
    title: 'expired leaf, no token, after expiry only',
    chain: { leaf: EXPIRED },
    statement: AFTER_EXPIRY,
    declared: MISSING,
  },
  {
    title: 'expired leaf, no tsa store, no token',
    chain: { leaf: EXPIRED },
    statement: { trustStores: ['ca:acme'] },
    declared: EXPIRED_NOW,
  },
  {
    title: 'expired leaf, no tsa store, a token',
    chain: { leaf: EXPIRED },
    token: {},
    statement: { trustStores: ['ca:acme'] },
    declared: EXPIRED_NOW,
  },
  {
    title: 'expired leaf, no token, under permissive',
    chain: { leaf: EXPIRED },
    statement: { level: 'permissive' },
    declared: VERIFIED,
  },
  {
    title: 'expired leaf, no token, logged',
    chain: { leaf: EXPIRED },
    statement: { override: { authenticTimestamp: 'log' } },
    declared: VERIFIED,
  },
  {
    title: 'expired leaf, no token, under audit',
    chain: { leaf: EXPIRED },
    statement: { level: 'audit' },
    declared: VERIFIED,
  },
  { title: 'no token', declared: MISSING },
  { title: 'no token, after expiry only', statement: AFTER_EXPIRY, declared: VERIFIED },
  { title: 'bytes that are no token', bytes: Uint8Array.of(1, 2, 3), declared: INVALID },
  {
    title: 'bytes that are no token, after expiry only',
    bytes: Uint8Array.of(1, 2, 3),
    statement: AFTER_EXPIRY,
    declared: VERIFIED,
  },
  {
    title: 'bytes that are no token, no tsa store',
    bytes: Uint8Array.of(1, 2, 3),
    statement: { trustStores: ['ca:acme'] },
    declared: VERIFIED,
  },
  {
    title: 'token after the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20230101000001Z' },
    declared: OUTSIDE,
  },
  {
    title: 'token in the last second',
    chain: { leaf: EXPIRED },
    token: { time: '20230101000000Z' },
    declared: VERIFIED,
  },
  {
    title: 'token in the last second, a fraction of it past',
    chain: { leaf: EXPIRED },
    token: { time: '20230101000000.5Z' },
    declared: OUTSIDE,
  },
  {
    title: 'token before the leaf was valid',
    chain: { leaf: EXPIRED },
    token: { time: '20201231235959Z' },
    declared: OUTSIDE,
  },
  {
    title: 'token in the first second',
    chain: { leaf: EXPIRED },
    token: { time: '20210101000000Z' },
    declared: VERIFIED,
  },
  {
    title: 'token before the intermediate was valid',
    chain: { intermediate: { ...EXPIRED, notBefore: new Date('2022-07-01T00:00:00Z') } },
    token: {},
    declared: OUTSIDE,
  },
  {
    title: 'token after the root expired',
    chain: { root: { ...EXPIRED, notAfter: new Date('2022-05-01T00:00:00Z') } },
    token: {},
    declared: OUTSIDE,
  },
  {
    title: 'accuracy that reaches past the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20221231235959Z', accuracy: accuracyOf(2) },
    declared: OUTSIDE,
  },
  {
    title: 'accuracy that reaches the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20221231235959Z', accuracy: accuracyOf(1) },
    declared: VERIFIED,
  },
  {
    title: 'accuracy in three parts that reaches past the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20221231235959Z', accuracy: accuracyOf(0, 999, 2000) },
    declared: rejected('authenticTimestamp'),
  },
  {
    title: 'accuracy in milliseconds that reaches past the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20221231235959.5Z', accuracy: accuracyOf(0, 501) },
    declared: OUTSIDE,
  },
  {
    title: 'accuracy that reaches before the validity',
    chain: { leaf: EXPIRED },
    token: { time: '20210101000001Z', accuracy: accuracyOf(2) },
    declared: OUTSIDE,
  },
  {
    title: 'accuracy of the baseline policy, past the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20230101000000Z', policy: '0.4.0.2023.1.1' },
    declared: OUTSIDE,
  },
  {
    title: 'accuracy of the baseline policy, up to the expiry',
    chain: { leaf: EXPIRED },
    token: { time: '20221231235959Z', policy: '0.4.0.2023.1.1' },
    declared: VERIFIED,
  },
]

/** Each moment in JWS and in COSE, and a token for each key spec. */
export function timestamps(): readonly Definition[] {
  const keys = (['P-256', 'P-384', 'P-521', 'rsa-2048', 'rsa-3072', 'rsa-4096'] as const).map(
    (key): Timed => ({
      title: `expired ${key} leaf`,
      chain: { leaf: { ...EXPIRED, key } },
      token: {},
      declared: VERIFIED,
    }),
  )
  return (['JWS', 'COSE'] as const).flatMap((format) =>
    [...CASES, ...keys].map((each) => timedCase(each, format)),
  )
}

function timedCase(timed: Timed, format: 'JWS' | 'COSE'): Definition {
  const { title, chain: options, token, bytes, statement, declared } = timed
  const chain = longChain(options)
  const hasToken = token !== undefined || bytes !== undefined
  const stamp = { tsa, ...(token === undefined ? {} : { token }), ...(bytes ? { bytes } : {}) }
  return {
    group: `timestamp-${format.toLowerCase()}`,
    title,
    shows: ['trust-store-trust-policy.md §Steps, "Validate Authentic Timestamp"'],
    origin: 'builder',
    bundle: {
      trustPolicy: policy({ trustStores: BOTH_STORES, ...statement }),
      trustStores: { 'ca:acme': [rootOf(chain)], 'tsa:clock': [rootOf(tsa)] },
    },
    ...ARTIFACT,
    signatures: [hasToken ? stamped(format, chain, stamp) : bare(format, chain)],
    declared,
  }
}

function bare(format: 'JWS' | 'COSE', chain: BuiltChain) {
  return format === 'JWS' ? jws(makeJws({ chain })) : cose(makeCose({ chain }))
}
