// The two authorities that tell the time: signing authorities, whose scheme carries an authentic signing
// time, and timestamp authorities whose own certificates are revoked or of unknown state.

import type { ChainOptions, IssuedCertificate } from '../../support/certificates.ts'
import { changed, crit, member } from '../../support/cose-changes.ts'
import { buildCrl } from '../../support/crl-lists.ts'
import { makeCose, makeJws, rawTime } from '../../support/envelopes.ts'
import { rawText } from '../../support/raw-cbor.ts'
import type { CaseServer } from '../corpus-case.ts'
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

const SCHEME = 'io.cncf.notary.signingScheme'
const TIME = 'io.cncf.notary.authenticSigningTime'
const SIGNING_AUTHORITY = 'notary.x509.signingAuthority'
const STORES = ['signingAuthority:acme']
const LAPSED = {
  notBefore: new Date('2021-01-01T00:00:00Z'),
  notAfter: new Date('2023-01-01T00:00:00Z'),
}
const OUTSIDE = rejected('authenticTimestamp', 'time-outside-validity')

type AuthorityRow = readonly [
  title: string,
  at: string,
  declared: Declared,
  chain?: ChainOptions,
  statement?: StatementOptions,
]

const AUTHORITIES: readonly AuthorityRow[] = [
  ['signed now', '2026-01-01T00:00:00Z', VERIFIED],
  ['signed before the leaf expired', '2022-06-01T00:00:00Z', VERIFIED, { leaf: LAPSED }],
  ['signed before the root expired', '2022-06-01T00:00:00Z', VERIFIED, { root: LAPSED }],
  ['signed in the last second', '2023-01-01T00:00:00Z', VERIFIED, { leaf: LAPSED }],
  ['signed a second late', '2023-01-01T00:00:01Z', OUTSIDE, { leaf: LAPSED }],
  ['signed in the first second', '2021-01-01T00:00:00Z', VERIFIED, { leaf: LAPSED }],
  ['signed a second early', '2020-12-31T23:59:59Z', OUTSIDE, { leaf: LAPSED }],
  [
    'signed after the intermediate expired',
    '2024-01-01T00:00:00Z',
    OUTSIDE,
    { intermediate: LAPSED },
  ],
  [
    'signed late, logged',
    '2024-01-01T00:00:00Z',
    VERIFIED,
    { leaf: LAPSED },
    { override: { authenticTimestamp: 'log' } },
  ],
  [
    'a ca store',
    '2026-01-01T00:00:00Z',
    rejected('authenticity', 'chain-untrusted'),
    {},
    { trustStores: ['ca:acme'] },
  ],
  [
    'a tsa store too, no token',
    '2026-01-01T00:00:00Z',
    VERIFIED,
    {},
    { trustStores: [...STORES, 'tsa:clock'] },
  ],
]

/** Signing authorities in both formats, and timestamp authorities with every state. */
export function authorities(): readonly Definition[] {
  return [
    ...AUTHORITIES.map((row) => authorityCase(row, 'JWS')),
    ...AUTHORITIES.map((row) => authorityCase(row, 'COSE')),
    ...STATES.map(stateCase),
  ]
}

function authorityCase(
  [title, at, declared, options, statement]: AuthorityRow,
  format: 'JWS' | 'COSE',
): Definition {
  const chain = longChain(options)
  const header = {
    [SCHEME]: SIGNING_AUTHORITY,
    [TIME]: at,
    'io.cncf.notary.signingTime': undefined,
    crit: [SCHEME, TIME],
  }
  const coseHeader = changed({
    crit: crit(SCHEME, TIME),
    scheme: member(SCHEME, rawText(SIGNING_AUTHORITY)),
    time: member(TIME, rawTime(new Date(at))),
  })
  const held = [rootOf(chain)]
  return {
    group: `authority-${format.toLowerCase()}`,
    title,
    shows: ['signing-scheme.md §notary.x509.signingAuthority'],
    origin: 'builder',
    bundle: {
      trustPolicy: policy({ trustStores: STORES, ...statement }),
      trustStores: { 'signingAuthority:acme': held, 'ca:acme': held },
    },
    ...ARTIFACT,
    signatures: [
      format === 'JWS'
        ? jws(makeJws({ chain, header }))
        : cose(makeCose({ chain, header: coseHeader })),
    ],
    declared,
  }
}

type StateRow = readonly [
  title: string,
  crl: 'clean' | 'revoking' | 'expired' | 'missing',
  declared: Declared,
  statement?: StatementOptions,
]

const CRL_URL = 'http://crl.example.com/tsa.crl'
const REVOKED = rejected('authenticTimestamp', 'certificate-revoked')
const UNKNOWN = rejected('authenticTimestamp', 'revocation-unknown')

const STATES: readonly StateRow[] = [
  ['timestamp authority not revoked', 'clean', VERIFIED],
  ['timestamp authority revoked', 'revoking', REVOKED],
  ['timestamp authority whose CRL has expired', 'expired', UNKNOWN],
  ['timestamp authority whose CRL is missing', 'missing', UNKNOWN],
  [
    'timestamp authority revoked, revocation skipped',
    'revoking',
    REVOKED,
    { override: { revocation: 'skip' } },
  ],
  [
    'timestamp authority revoked, timestamp logged',
    'revoking',
    VERIFIED,
    { override: { authenticTimestamp: 'log' } },
  ],
  [
    'timestamp authority revoked, after expiry only',
    'revoking',
    VERIFIED,
    { verifyTimestamp: 'afterCertExpiry' },
  ],
]

function stateCase([title, crl, declared, statement]: StateRow): Definition {
  const chain = longChain()
  const tsa = longChain({ purpose: 'timestamping', leaf: { crlUrls: [CRL_URL] } })
  return {
    group: 'revocation',
    title,
    shows: ['trust-store-trust-policy.md §Steps, "Validate Authentic Timestamp"'],
    origin: 'builder',
    bundle: {
      trustPolicy: policy({ trustStores: ['ca:acme', 'tsa:clock'], ...statement }),
      trustStores: { 'ca:acme': [rootOf(chain)], 'tsa:clock': [rootOf(tsa)] },
    },
    ...ARTIFACT,
    signatures: [stamped('JWS', chain, { tsa })],
    servers: serversOf(crl, tsa.issued),
    declared,
  }
}

function serversOf(
  crl: StateRow[1],
  issued: readonly IssuedCertificate[],
): Readonly<Record<string, CaseServer>> {
  const [leaf, issuer] = issued as readonly [IssuedCertificate, IssuedCertificate]
  if (crl === 'missing') return { [CRL_URL]: { status: 404 } }
  const list = buildCrl({
    issuer,
    entries: crl === 'revoking' ? [{ certificate: leaf.certificate }] : [],
    ...(crl === 'expired' ? { nextUpdate: new Date('2022-01-01T00:00:00Z') } : {}),
  })
  return { [CRL_URL]: { body: Buffer.from(list).toString('base64') } }
}
