// Each check failing under each level and each override: what is enforced rejects, what is logged does not.

import type { BuiltChain, ChainOptions, IssuedCertificate } from '../../support/certificates.ts'
import { buildCrl } from '../../support/crl-lists.ts'
import { type JwsOptions, makeJws } from '../../support/envelopes.ts'
import {
  ARTIFACT,
  type Declared,
  type DeclaredDifference,
  type Definition,
  jws,
  longChain,
  policy,
  rejected,
  rootOf,
  type StatementOptions,
  VERIFIED,
} from '../definition.ts'

type CheckType = 'authenticity' | 'expiry' | 'authenticTimestamp' | 'revocation'

interface Fault {
  readonly title: string
  readonly type: CheckType
  readonly declared: Declared
  readonly chain?: ChainOptions
  readonly header?: JwsOptions['header']
  readonly statement?: StatementOptions
  readonly isForeign?: boolean
  readonly isRevoked?: boolean
}

const CRL_URL = 'http://crl.example.com/ca.crl'
const SCHEME = 'io.cncf.notary.signingScheme'
const EXPIRY = 'io.cncf.notary.expiry'
const TIME = 'io.cncf.notary.signingTime'

const FAULTS: readonly Fault[] = [
  {
    title: 'chain untrusted',
    type: 'authenticity',
    declared: rejected('authenticity', 'chain-untrusted'),
    isForeign: true,
  },
  {
    title: 'identity not trusted',
    type: 'authenticity',
    declared: rejected('authenticity', 'identity-mismatch'),
    statement: { trustedIdentities: ['x509.subject: C=US, ST=UT, O=Other'] },
  },
  {
    title: 'signature expired',
    type: 'expiry',
    declared: rejected('expiry', 'signature-expired'),
    header: {
      [TIME]: '2021-06-01T00:00:00Z',
      [EXPIRY]: '2022-06-01T00:00:00Z',
      crit: [SCHEME, EXPIRY],
    },
  },
  {
    title: 'leaf expired',
    type: 'authenticTimestamp',
    declared: rejected('authenticTimestamp', 'certificate-not-valid'),
    chain: { leaf: { notAfter: new Date('2022-06-01T00:00:00Z') } },
  },
  {
    title: 'leaf not valid yet',
    type: 'authenticTimestamp',
    declared: rejected('authenticTimestamp', 'certificate-not-valid'),
    chain: { leaf: { notBefore: new Date('2098-06-01T00:00:00Z') } },
  },
  {
    title: 'leaf revoked',
    type: 'revocation',
    declared: rejected('revocation', 'certificate-revoked'),
    chain: { leaf: { crlUrls: [CRL_URL] } },
    isRevoked: true,
  },
  {
    title: 'revocation unknown',
    type: 'revocation',
    declared: rejected('revocation', 'revocation-unknown'),
    chain: { leaf: { crlUrls: [CRL_URL] } },
  },
]

/** What each level enforces (trust-store-trust-policy.md §Signature Verification details). */
const ENFORCED: Readonly<Record<string, readonly CheckType[]>> = {
  strict: ['authenticity', 'expiry', 'authenticTimestamp', 'revocation'],
  permissive: ['authenticity'],
  audit: [],
}

/** Each fault under each level, and with its check enforced, logged and, for revocation, skipped. */
export function levels(): readonly Definition[] {
  return [...FAULTS.flatMap(levelCases), ...unanchored()]
}

function levelCases(fault: Fault): readonly Definition[] {
  const { type, declared } = fault
  const plain = Object.entries(ENFORCED).map(([level, enforced]) =>
    levelCase(fault, level, { level }, enforced.includes(type) ? declared : VERIFIED),
  )
  const custom = [
    levelCase(fault, 'strict, logged', { override: { [type]: 'log' } }, VERIFIED),
    levelCase(
      fault,
      'audit, enforced',
      { level: 'audit', override: { [type]: 'enforce' } },
      declared,
    ),
  ]
  if (type !== 'revocation') return [...plain, ...custom]
  return [
    ...plain,
    ...custom,
    levelCase(fault, 'strict, skipped', { override: { [type]: 'skip' } }, VERIFIED),
  ]
}

function levelCase(
  fault: Fault,
  under: string,
  statement: StatementOptions,
  declared: Declared,
): Definition {
  const chain = longChain(fault.chain)
  const trusted = fault.isForeign === true ? longChain() : chain
  return {
    group: 'level',
    title: `${fault.title}, ${under}`,
    shows: ['trust-store-trust-policy.md §Signature Verification details'],
    origin: 'builder',
    bundle: {
      trustPolicy: policy({ ...fault.statement, ...statement }),
      trustStores: { 'ca:acme': [rootOf(trusted)] },
    },
    ...ARTIFACT,
    signatures: [jws(makeJws({ chain, ...(fault.header ? { header: fault.header } : {}) }))],
    ...(fault.isRevoked === true ? { servers: revoking(chain) } : {}),
    declared,
  }
}

/** The CRL that lists the leaf. */
function revoking({ issued }: BuiltChain) {
  const [leaf, issuer] = issued as readonly [IssuedCertificate, IssuedCertificate]
  const crl = buildCrl({ issuer, entries: [{ certificate: leaf.certificate }] })
  return { [CRL_URL]: { body: Buffer.from(crl).toString('base64') } }
}

/** Whoever made such a chain chose the servers: they are not asked, whatever they would say. */
function unanchored(): readonly Definition[] {
  const chain = longChain({ leaf: { crlUrls: [CRL_URL] } })
  const [, issuer] = chain.issued as readonly [IssuedCertificate, IssuedCertificate]
  const clean = { [CRL_URL]: { body: Buffer.from(buildCrl({ issuer })).toString('base64') } }
  const rows: readonly (readonly [string, StatementOptions, Declared, DeclaredDifference?])[] = [
    ['audit', { level: 'audit' }, VERIFIED],
    [
      'authenticity logged, revocation enforced',
      { override: { authenticity: 'log' } },
      rejected('revocation', 'chain-untrusted'),
      { row: 26, reason: 'revocation of a chain that no trust store vouches for is not asked for' },
    ],
  ]
  return rows.map(([under, statement, declared, difference]) => ({
    group: 'level',
    title: `chain untrusted with a CRL, ${under}`,
    shows: ['row 26'],
    origin: 'builder',
    bundle: { trustPolicy: policy(statement), trustStores: { 'ca:acme': [rootOf(longChain())] } },
    ...ARTIFACT,
    signatures: [jws(makeJws({ chain }))],
    servers: clean,
    declared,
    ...(difference === undefined ? {} : { difference }),
  }))
}
