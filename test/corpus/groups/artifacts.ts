// What is about an artifact and not about one signature: several signatures, none, and one that cannot be
// fetched or read.

import { makeCose, makeJws } from '../../support/envelopes.ts'
import type { CaseSignature } from '../corpus-case.ts'
import {
  ARTIFACT,
  cose,
  type Declared,
  type DeclaredDifference,
  type Definition,
  jws,
  longChain,
  policy,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'

const chain = longChain()
const foreign = longChain()
const good = jws(makeJws({ chain }))
const goodCose = cose(makeCose({ chain }))
const untrusted = jws(makeJws({ chain: foreign }))
const unreadable = { mediaType: 'application/jose+json', envelope: 'e30=' }
const unknownType = { ...good, mediaType: 'application/vnd.example.signature' }
const unavailable = { unavailable: 'Cannot fetch the envelope: the registry does not have it' }

const NONE_LEFT = rejected('artifact', 'signatures-rejected')
const ROW_20 = { row: 20, reason: 'a signature that cannot be fetched is one that is rejected' }

type Row = readonly [
  title: string,
  signatures: readonly CaseSignature[],
  declared: Declared,
  difference?: DeclaredDifference,
]

const ROWS: readonly Row[] = [
  ['one of each format', [good, goodCose], VERIFIED],
  ['an untrusted one and a good one', [untrusted, good], VERIFIED],
  ['a good one and an untrusted one', [good, untrusted], VERIFIED],
  ['two untrusted ones', [untrusted, jws(makeJws({ chain: foreign }))], NONE_LEFT],
  ['an unreadable one and a good one', [unreadable, good], VERIFIED],
  ['one of an unknown media type and a good one', [unknownType, goodCose], VERIFIED],
  ['one of an unknown media type', [unknownType], rejected('integrity', 'envelope-malformed')],
  [
    'one of the other media type',
    [{ ...good, mediaType: 'application/cose' }],
    rejected('integrity', 'envelope-malformed'),
  ],
  ['none', [], rejected('artifact', 'signature-missing')],
  ['one that cannot be fetched and a good one', [unavailable, good], VERIFIED, ROW_20],
  ['a good one and one that cannot be fetched', [good, unavailable], VERIFIED],
  ['one that cannot be fetched', [unavailable, unavailable], NONE_LEFT],
  ['a good one in the hundredth place', [...repeat(unreadable, 99), good], VERIFIED],
  ['a good one in the hundred and first place', [...repeat(unreadable, 100), good], NONE_LEFT],
]

/** All signatures of an artifact at once. */
export function artifacts(): readonly Definition[] {
  const bundle = { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(chain)] } }
  const skip = { trustPolicy: skipPolicy(), trustStores: {} }
  return [
    ...ROWS.map(([title, signatures, declared, difference]) => ({
      ...common(title, difference),
      bundle,
      signatures,
      declared,
    })),
    { ...common('level skip, none'), bundle: skip, signatures: [], declared: VERIFIED },
    {
      ...common('level skip, an unreadable one'),
      bundle: skip,
      signatures: [unreadable],
      declared: VERIFIED,
    },
  ]
}

function common(title: string, difference?: DeclaredDifference) {
  return {
    group: 'artifact',
    title,
    shows: [
      ...(difference === undefined ? [] : ['row 20']),
      'trust-store-trust-policy.md §Signature Evaluation',
    ],
    origin: 'builder',
    ...ARTIFACT,
    ...(difference === undefined ? {} : { difference }),
  } as const
}

function skipPolicy() {
  const statement = {
    name: 'p',
    registryScopes: ['reg.io/app'],
    signatureVerification: { level: 'skip' },
  }
  return { version: '1.0', trustPolicies: [statement] }
}

function repeat<T>(value: T, count: number): readonly T[] {
  return Array.from({ length: count }, () => value)
}
