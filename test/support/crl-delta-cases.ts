// Delta CRLs of every kind, chains of more than one revocable certificate, and what is to be found.

import { flipBit, type IssuedCertificate, issueCa, issueLeaf } from './certificates.ts'
import { buildCrl, type CrlOptions } from './crl-lists.ts'
import {
  CRL_URL,
  CRL_URL_2,
  DELTA_URL,
  DELTA_URL_2,
  type Pki,
  type RevocationCase,
} from './ocsp-crl-pki.ts'

const LATER = new Date('2024-06-01T00:00:00Z')
const PAST = new Date('2021-01-01T00:00:00Z')
const INVALID = (inner: string) => `failed to validate CRL from ${CRL_URL}: ${inner}`
const MISSING = 'failed to retrieve CRL: failed to download with status code: 404'

type Answered = Omit<RevocationCase, 'chain' | 'answers'>

/** Cases in which the base names a delta CRL. */
export function deltaCases(pki: Pki): readonly RevocationCase[] {
  const chain = pki.chainOf({ crlUrls: [CRL_URL] })
  const { certificate } = chain[0] as IssuedCertificate
  const listed = (reason: number, revokedAt?: Date) => ({
    entries: [{ certificate, reason, ...(revokedAt && { revokedAt }) }],
  })
  const table: readonly (readonly [
    Answered,
    base: Partial<CrlOptions>,
    delta: Partial<CrlOptions>,
  ])[] = [
    [{ name: 'neither lists it', status: 'ok' }, {}, {}],
    [{ name: 'the delta lists it', status: 'revoked' }, {}, listed(1)],
    [{ name: 'the delta holds it', status: 'revoked' }, {}, listed(6)],
    [{ name: 'the delta releases it', status: 'ok' }, listed(6), listed(8, LATER)],
    [{ name: 'the delta releases it too early', status: 'revoked' }, listed(6, LATER), listed(8)],
    [
      { name: 'the delta releases what is revoked', status: 'revoked' },
      listed(1),
      listed(8, LATER),
    ],
    [
      {
        name: 'as old as the base',
        status: 'unknown',
        errors: [INVALID('delta CRL number 5 is not greater than the base CRL number 5')],
      },
      { number: 5 },
      { number: 5 },
    ],
    [
      {
        name: 'for a newer base',
        status: 'unknown',
        errors: [
          INVALID('delta CRL indicator 6 is not less than or equal to the base CRL number 5'),
        ],
      },
      { number: 5 },
      { number: 7, deltaIndicator: 6 },
    ],
    [
      {
        name: 'altered signature',
        status: 'unknown',
        errors: [
          INVALID(
            'failed to validate delta CRL: CRL is not signed by CA CN=Test Issuing CA,O=Test CA,C=US: x509: ECDSA verification failure,',
          ),
        ],
      },
      {},
      { alterSignature: (signature) => flipBit(signature, -1) },
    ],
    [
      {
        name: 'without next update',
        status: 'unknown',
        errors: [INVALID('failed to validate delta CRL: CRL NextUpdate is not set')],
      },
      {},
      { nextUpdate: null },
    ],
    [
      {
        name: 'expired',
        status: 'unknown',
        isInOtherWords: true,
        errors: [
          INVALID(
            'failed to validate delta CRL: expired CRL. Current time 2030-01-02 03:04:05 +0000 UTC is after CRL NextUpdate 2021-01-01 00:00:00 +0000 UTC',
          ),
        ],
      },
      {},
      { nextUpdate: PAST },
    ],
    [
      {
        name: 'without number',
        status: 'unknown',
        breaksReference: true,
        errors: [INVALID('CRL number is not set in both the base CRL and the delta CRL')],
      },
      {},
      { number: null },
    ],
    [
      {
        name: 'base without number',
        status: 'unknown',
        breaksReference: true,
        errors: [INVALID('CRL number is not set in both the base CRL and the delta CRL')],
      },
      { number: null },
      {},
    ],
  ]
  const both = (base: Partial<CrlOptions>, delta: Partial<CrlOptions>) => ({
    [CRL_URL]: { body: buildCrl({ issuer: pki.ca, freshestCrlUrls: [DELTA_URL], ...base }) },
    [DELTA_URL]: {
      body: buildCrl({ issuer: pki.ca, number: 9, deltaIndicator: 1, ...delta }),
    },
  })
  return [
    ...table.map(([rest, base, delta]) => ({
      ...rest,
      name: `delta CRL: ${rest.name}`,
      chain,
      answers: both(base, delta),
    })),
    ...addressCases(pki, chain),
  ]
}

function addressCases({ ca }: Pki, chain: readonly IssuedCertificate[]): readonly RevocationCase[] {
  const base = (freshestCrlUrls: readonly string[]) => ({
    body: buildCrl({ issuer: ca, freshestCrlUrls }),
  })
  const delta = { body: buildCrl({ issuer: ca, number: 2, deltaIndicator: 1 }) }
  const plain = { body: buildCrl({ issuer: ca, number: 2 }) }
  const urls = [DELTA_URL, DELTA_URL_2]
  return [
    {
      name: 'delta CRL: without indicator',
      chain,
      answers: { [CRL_URL]: base([DELTA_URL]), [DELTA_URL]: plain },
      status: 'unknown',
      errors: [INVALID('delta CRL indicator extension is not found')],
    },
    {
      name: 'delta CRL: missing',
      chain,
      answers: { [CRL_URL]: base([DELTA_URL]), [DELTA_URL]: { status: 404 } },
      status: 'unknown',
      errors: [`failed to download CRL from ${CRL_URL}: ${MISSING}`],
    },
    {
      name: 'delta CRL: at the second address',
      chain,
      answers: { [CRL_URL]: base(urls), [DELTA_URL]: { status: 404 }, [DELTA_URL_2]: delta },
      status: 'ok',
    },
    {
      name: 'delta CRL: at the first address',
      chain,
      answers: { [CRL_URL]: base(urls), [DELTA_URL]: delta, [DELTA_URL_2]: { status: 404 } },
      status: 'ok',
    },
    {
      name: 'delta CRL: no address',
      chain,
      answers: { [CRL_URL]: base([]) },
      status: 'ok',
    },
  ]
}

/** Cases in which the CA is revocable too, or the chain is of another kind. */
export function chainCases(pki: Pki): readonly RevocationCase[] {
  const ca = issueCa(
    {
      subject: [['CN', 'Revocable CA']],
      basicConstraints: { ca: true, pathLength: 0 },
      crlUrls: [CRL_URL_2],
    },
    pki.root,
  )
  const chain = pki.chainOf({ crlUrls: [CRL_URL] }, ca)
  const leaf = (chain[0] as IssuedCertificate).certificate
  const lists = (issuer: IssuedCertificate, ...listed: IssuedCertificate['certificate'][]) => ({
    body: buildCrl({ issuer, entries: listed.map((certificate) => ({ certificate })) }),
  })
  const missing = { status: 404 }
  const notThere = `failed to download CRL from ${CRL_URL}: ${MISSING}`
  const short = issueLeaf({ crlUrls: [CRL_URL] }, pki.root)
  const named = (
    name: string,
    first: object,
    second: object,
    status: RevocationCase['status'],
    error?: string,
  ) => ({
    name: `chain: ${name}`,
    chain,
    answers: { [CRL_URL]: first, [CRL_URL_2]: second },
    status,
    ...(error === undefined ? {} : { errors: [error] }),
  })
  return [
    named('both clean', lists(ca), lists(pki.root), 'ok'),
    named('leaf revoked', lists(ca, leaf), lists(pki.root), 'revoked'),
    named('CA revoked', lists(ca), lists(pki.root, ca.certificate), 'revoked'),
    named('both revoked', lists(ca, leaf), lists(pki.root, ca.certificate), 'revoked'),
    named(
      'CA revoked, leaf unknown',
      missing,
      lists(pki.root, ca.certificate),
      'revoked',
      notThere,
    ),
    named('CA unknown', lists(ca), missing, 'unknown'),
    named('both unknown', missing, missing, 'unknown', notThere),
    {
      name: 'chain: of two',
      chain: [short, pki.root],
      answers: { [CRL_URL]: lists(pki.root, short.certificate) },
      status: 'revoked',
    },
    {
      name: 'chain: of one',
      chain: [issueLeaf({ crlUrls: [CRL_URL] })],
      answers: {},
      status: 'ok',
    },
  ]
}
