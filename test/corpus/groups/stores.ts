// Trust stores: what they may hold, where in the chain an anchor may stand, and how they lie in notation's
// configuration folder.

import { issueLeaf } from '../../support/certificates.ts'
import { makeJws } from '../../support/envelopes.ts'
import type { CaseBundle } from '../corpus-case.ts'
import {
  ARTIFACT,
  type Declared,
  type DeclaredDifference,
  type Definition,
  jws,
  longChain,
  pem,
  policy,
  refused,
  rejected,
  rootOf,
  VALID,
  VERIFIED,
} from '../definition.ts'

const chain = longChain()
const single = longChain({ length: 1 })
const foreign = longChain()
const [leaf = '', intermediate = '', root = ''] = chain.certificates.map(pem)
const FOLDER = 'truststore/x509/ca/acme'
const NOT_TAKEN = {
  reason: 'a trust bundle with a certificate that cannot be trusted is not taken',
}

type Row = readonly [
  title: string,
  shown: string,
  held: Omit<CaseBundle, 'trustPolicy'>,
  declared: Declared,
  difference?: DeclaredDifference,
]

const UNTRUSTED = rejected('authenticity', 'chain-untrusted')
const MISSING = rejected('authenticity', 'trust-store-missing')
const UNUSABLE = refused('trust-store-invalid')

const ROWS: readonly Row[] = [
  ['the root', 'row 19', store(root), VERIFIED],
  ['the intermediate', 'row 19', store(intermediate), VERIFIED],
  ['the leaf, which is no CA', 'row 19', store(leaf), UNUSABLE, NOT_TAKEN],
  ['two certificates in one file', 'row 19', store(rootOf(foreign) + root), VERIFIED],
  ['two files', 'row 19', store(rootOf(foreign), root), VERIFIED],
  ['another root of the same name', 'row 19', store(rootOf(foreign)), UNTRUSTED],
  [
    'a foreign leaf, which is no CA',
    'row 19',
    store(root, pem(issueLeaf(VALID, foreign.issued[0]).der)),
    UNUSABLE,
    NOT_TAKEN,
  ],
  ['a foreign leaf that signed itself', 'row 19', store(root, rootOf(single)), VERIFIED],
  [
    'another store',
    'row 19',
    { trustStores: { 'ca:other': [root] } },
    rejected('authenticity', 'trust-store-missing'),
  ],
  [
    'another type',
    'row 19',
    { trustStores: { 'signingAuthority:acme': [root] } },
    rejected('authenticity', 'trust-store-missing'),
  ],
  ['an empty store', 'row 19', store(), UNUSABLE, NOT_TAKEN],
  ['folder: the root', 'row 7', files({ 'root.crt': root }), VERIFIED],
  ['folder: a name without extension', 'row 7', files({ root }), VERIFIED],
  [
    'folder: a folder below it',
    'row 7',
    files({ 'root.crt': root, 'old/root.crt': root }),
    UNUSABLE,
    NOT_TAKEN,
  ],
  [
    'folder: a file that holds no certificate',
    'row 7',
    files({ 'root.crt': root, 'readme.txt': 'Roots' }),
    UNUSABLE,
    NOT_TAKEN,
  ],
  ['folder: a file in its place', 'row 7', { files: { [FOLDER]: root } }, MISSING],
  [
    'folder: a file in the place of all of its type',
    'row 7',
    { files: { 'truststore/x509/ca': root } },
    MISSING,
  ],
  ['folder: an empty file', 'row 7', files({ 'root.crt': root, empty: '' }), UNUSABLE, NOT_TAKEN],
]

/** Trust stores as documents and as folders. */
export function stores(): readonly Definition[] {
  return [
    ...ROWS.map(([title, shown, held, declared, difference]) => ({
      group: 'store',
      title,
      shows: [shown, 'trust-store-trust-policy.md §Trust Store'],
      origin: 'builder' as const,
      bundle: { trustPolicy: policy(), ...held },
      ...ARTIFACT,
      signatures: [jws(makeJws({ chain }))],
      declared,
      ...(difference === undefined ? {} : { difference }),
    })),
    {
      group: 'store',
      title: 'the leaf that signed itself',
      shows: ['row 19', 'trust-store-trust-policy.md §Trust Store'],
      origin: 'builder',
      bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(single)] } },
      ...ARTIFACT,
      signatures: [jws(makeJws({ chain: single }))],
      declared: VERIFIED,
    },
  ]
}

function store(...pems: readonly string[]): Omit<CaseBundle, 'trustPolicy'> {
  return { trustStores: { 'ca:acme': pems } }
}

function files(named: Readonly<Record<string, string>>): Omit<CaseBundle, 'trustPolicy'> {
  const placed = Object.entries(named).map(([name, text]) => [`${FOLDER}/${name}`, text])
  return { files: Object.fromEntries(placed) as Readonly<Record<string, string>> }
}
