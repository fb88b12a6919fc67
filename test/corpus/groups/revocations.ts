// Every state of revocation: OCSP, CRL and delta CRL, of signing chains and of timestamp authorities. The
// chains and what their servers answer are those of test/support/ocsp-crl-cases.ts.

import type { BuiltChain, IssuedCertificate } from '../../support/certificates.ts'
import { makeJws } from '../../support/envelopes.ts'
import { createRevocationCases } from '../../support/ocsp-crl-cases.ts'
import type { RevocationCase } from '../../support/ocsp-crl-pki.ts'
import type { CaseServer } from '../corpus-case.ts'
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
  VERIFIED,
} from '../definition.ts'
import { stamped } from './timestamped.ts'

/** Differences of row 14: who may sign an OCSP response. */
const OCSP_SIGNER = /^(?:the delegate's|the responder ID)/
/** What needs a second proxy or none, and what ends the reference's process. */
const NOT_BY_FILE = ['redirects may lead to https', 'every host is asked']

/** Names' beginnings and the rows that they show. */
const ROWS: readonly (readonly [name: RegExp, row: number])[] = [
  [/^CRL points/, 13],
  [/^OCSP transport: second/, 13],
  [/^OCSP responder/, 14],
  [/invalidity date/, 15],
  [/expired, though|expired though/, 16],
]

const CODES = { revoked: 'certificate-revoked', unknown: 'revocation-unknown' } as const

/** Signing chains and timestamp authorities with every state. */
export function revocations(): readonly Definition[] {
  return createRevocationCases()
    .filter(({ breaksReference, difference = '' }) => {
      return breaksReference !== true && !NOT_BY_FILE.includes(difference)
    })
    .map((each) => (each.purpose === 'timestamping' ? stampedCase(each) : signedCase(each)))
}

function signedCase(each: RevocationCase): Definition {
  const chain = builtOf(each.chain)
  const { signingTime } = each
  const isOfAuthority = signingTime !== undefined
  const store = isOfAuthority ? 'signingAuthority:acme' : 'ca:acme'
  return {
    ...common(each),
    bundle: {
      // The chains are of another year.
      trustPolicy: policy({ trustStores: [store], override: { authenticTimestamp: 'log' } }),
      trustStores: { [store]: [rootOf(chain)] },
    },
    signatures: [
      jws(makeJws({ chain, ...(isOfAuthority ? { header: authorityHeader(signingTime) } : {}) })),
    ],
    declared: declaredOf(each, 'revocation'),
  }
}

function stampedCase(each: RevocationCase): Definition {
  const tsa = builtOf(each.chain)
  const chain = longChain()
  return {
    ...common(each),
    bundle: {
      trustPolicy: policy({ trustStores: ['ca:acme', 'tsa:clock'] }),
      trustStores: { 'ca:acme': [rootOf(chain)], 'tsa:clock': [rootOf(tsa)] },
    },
    signatures: [stamped('JWS', chain, { tsa, token: { time: '20300102030405Z' } })],
    declared: declaredOf(each, 'authenticTimestamp'),
  }
}

function common(each: RevocationCase) {
  const difference = differenceOf(each)
  const rows = ROWS.filter(([name]) => name.test(each.name)).map(([, row]) => `row ${row}`)
  return {
    group: 'revocation',
    title: each.name,
    shows: [...rows, 'trust-store-trust-policy.md §Certificate Revocation Evaluation'],
    origin: 'builder',
    ...ARTIFACT,
    servers: Object.fromEntries(
      Object.entries(each.answers).map(([url, answer]) => [url, serverOf(answer)]),
    ),
    ...(difference === undefined ? {} : { difference }),
  } as const
}

function serverOf({ status, headers, body }: RevocationCase['answers'][string]): CaseServer {
  return {
    ...(status === undefined ? {} : { status }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: Buffer.from(body).toString('base64') }),
  }
}

function declaredOf(
  { status }: RevocationCase,
  decidedBy: 'revocation' | 'authenticTimestamp',
): Declared {
  return status === 'ok' ? VERIFIED : rejected(decidedBy, CODES[status])
}

function differenceOf({ difference: reason }: RevocationCase): DeclaredDifference | undefined {
  if (reason === undefined) return undefined
  return OCSP_SIGNER.test(reason) ? { row: 14, reason } : { reason }
}

function builtOf(issued: readonly IssuedCertificate[]): BuiltChain {
  const [leaf] = issued
  if (leaf === undefined) throw new RangeError('the chain is empty')
  const chain = issued.map(({ certificate }) => certificate)
  return { certificates: issued.map(({ der }) => der), chain, leafKey: leaf.key, issued }
}

function authorityHeader(signingTime: Date): Readonly<Record<string, unknown>> {
  const scheme = 'io.cncf.notary.signingScheme'
  const time = 'io.cncf.notary.authenticSigningTime'
  return {
    [scheme]: 'notary.x509.signingAuthority',
    [time]: signingTime.toISOString().replace('.000', ''),
    'io.cncf.notary.signingTime': undefined,
    crit: [scheme, time],
  }
}
