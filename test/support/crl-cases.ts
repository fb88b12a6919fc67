import { encodeSequence } from '../../shared/der-encode.ts'
import { encodeExtension } from './certificate-encoding.ts'
import type { IssuedCertificate } from './certificates.ts'
import { buildCrl, type EntryOptions } from './crl-lists.ts'
import { proofCases } from './crl-proof-cases.ts'
import {
  CRL_URL,
  CRL_URL_2,
  DELTA_URL,
  OCSP_URL,
  type Pki,
  type RevocationCase,
} from './ocsp-crl-pki.ts'
import { buildOcspResponse, encodeGeneralizedTime, MADE_AT } from './ocsp-responses.ts'

/** An entry extension's value that means nothing. */
const NULL = Uint8Array.of(5, 0)

const SIGNED_AT = new Date('2024-01-01T00:00:00Z')
const LATER = new Date('2024-06-01T00:00:00Z')
const CRITICAL = encodeExtension('1.2.3', NULL, true)
const INVALID = (inner: string) => `failed to validate CRL from ${CRL_URL}: ${inner}`

const UNREADABLE = (inner: string) => `failed to check revocation status from ${CRL_URL}: ${inner}`
const MISSING = (url: string) =>
  `failed to download CRL from ${url}: failed to retrieve CRL: failed to download with status code: 404`

type Answered = Omit<RevocationCase, 'chain' | 'answers'>

/** Cases in which the leaf names CRLs. */
export function crlCases(pki: Pki): readonly RevocationCase[] {
  return [...entryCases(pki), ...proofCases(pki), ...pointCases(pki), ...otherCases(pki)]
}

function entryCases(pki: Pki): readonly RevocationCase[] {
  const chain = pki.chainOf({ crlUrls: [CRL_URL] })
  const { certificate } = chain[0] as IssuedCertificate
  const invalidityDate = new Date('2025-01-01T00:00:00Z')
  const table: readonly (readonly [Answered, readonly EntryOptions[] | undefined])[] = [
    [{ name: 'no list', status: 'ok' }, undefined],
    [{ name: 'empty list', status: 'ok' }, []],
    [{ name: 'others listed', status: 'ok' }, [{ serialNumber: Uint8Array.of(1) }]],
    [{ name: 'a negative number listed', status: 'ok' }, [{ serialNumber: Uint8Array.of(0xff) }]],
    [{ name: 'listed', status: 'revoked' }, [{}]],
    [{ name: 'listed among others', status: 'revoked' }, [{ serialNumber: Uint8Array.of(1) }, {}]],
    [{ name: 'listed for a reason', status: 'revoked' }, [{ reason: 1 }]],
    [{ name: 'on hold', status: 'revoked' }, [{ reason: 6 }]],
    [{ name: 'released', status: 'ok' }, [{ reason: 8 }]],
    [
      { name: 'on hold, then released', status: 'ok' },
      [{ reason: 6 }, { reason: 8, revokedAt: LATER }],
    ],
    [
      { name: 'released, then on hold', status: 'revoked' },
      [{ reason: 8 }, { reason: 6, revokedAt: LATER }],
    ],
    [
      { name: 'on hold, released before', status: 'revoked' },
      [{ reason: 6, revokedAt: LATER }, { reason: 8 }],
    ],
    [{ name: 'on hold and released at once', status: 'revoked' }, [{ reason: 6 }, { reason: 8 }]],
    [{ name: 'released and on hold at once', status: 'ok' }, [{ reason: 8 }, { reason: 6 }]],
    [
      { name: 'released, then revoked for good', status: 'revoked' },
      [{ reason: 8, revokedAt: LATER }, { reason: 4 }],
    ],
    [
      { name: 'signed before the invalidity date', status: 'ok', signingTime: SIGNED_AT },
      [{ invalidityDate }],
    ],
    [
      { name: 'signed at the invalidity date', status: 'revoked', signingTime: SIGNED_AT },
      [{ invalidityDate: SIGNED_AT }],
    ],
    [{ name: 'invalidity date without signing time', status: 'revoked' }, [{ invalidityDate }]],
    [
      {
        name: 'malformed invalidity date',
        status: 'unknown',
        isInOtherWords: true,
        errors: [UNREADABLE('Cannot read invalidity date: found tag 0x05, wanted 0x18')],
      },
      [{ extensions: [encodeExtension('2.5.29.24', NULL)] }],
    ],
    [
      { name: 'critical invalidity date', status: 'revoked' },
      [
        {
          extensions: [encodeExtension('2.5.29.24', encodeGeneralizedTime(MADE_AT), true)],
        },
      ],
    ],
    [
      {
        name: 'critical extension in the entry',
        status: 'unknown',
        errors: [UNREADABLE('unsupported critical extension found in CRL: 1.2.3')],
      },
      [{ extensions: [CRITICAL] }],
    ],
    [
      { name: 'critical extension in another entry', status: 'ok' },
      [{ serialNumber: Uint8Array.of(1), extensions: [CRITICAL] }],
    ],
    [
      {
        name: 'certificate issuer in the entry',
        status: 'unknown',
        errors: [UNREADABLE('unsupported critical extension found in CRL: 2.5.29.29')],
      },
      [{ extensions: [encodeExtension('2.5.29.29', encodeSequence(), true)] }],
    ],
    [
      {
        name: 'malformed reason in another entry',
        status: 'unknown',
        isInOtherWords: true,
        errors: [INVALID('Cannot read CRL entry: found tag 0x05, wanted 0x0a')],
      },
      [{ serialNumber: Uint8Array.of(1), extensions: [encodeExtension('2.5.29.21', NULL)] }],
    ],
  ]
  return table.map(([rest, entries]) => ({
    ...rest,
    name: `CRL entry: ${rest.name}`,
    chain,
    answers: {
      [CRL_URL]: {
        body: buildCrl({
          issuer: pki.ca,
          ...(entries && { entries: entries.map((entry) => ({ certificate, ...entry })) }),
        }),
      },
    },
  }))
}

function pointCases(pki: Pki): readonly RevocationCase[] {
  const urls = [CRL_URL, CRL_URL_2]
  const chain = pki.chainOf({ crlUrls: urls })
  const { certificate } = chain[0] as IssuedCertificate
  const clean = { body: buildCrl({ issuer: pki.ca }) }
  const listing = { body: buildCrl({ issuer: pki.ca, entries: [{ certificate }] }) }
  const away = { status: 404 }
  const table: readonly (readonly [Answered, first: object, second: object])[] = [
    [{ name: 'both clean', status: 'ok', errors: [undefined, undefined] }, clean, clean],
    [
      { name: 'second lists it', status: 'revoked', errors: [undefined, undefined] },
      clean,
      listing,
    ],
    [{ name: 'first lists it', status: 'revoked', errors: [undefined] }, listing, away],
    [{ name: 'first is missing', status: 'unknown', errors: [MISSING(CRL_URL)] }, away, listing],
    [
      { name: 'second is missing', status: 'unknown', errors: [undefined, MISSING(CRL_URL_2)] },
      clean,
      away,
    ],
  ]
  return table.map(([rest, first, second]) => ({
    ...rest,
    name: `CRL points: ${rest.name}`,
    chain,
    answers: { [CRL_URL]: first, [CRL_URL_2]: second },
  }))
}

/** Where a certificate says that it is asked about, and what its chain adds. */
function otherCases(pki: Pki): readonly RevocationCase[] {
  const ldap = 'ldap://ldap.example.com/cn=ca'
  const secure = 'https://crl.example.com/ca.crl'
  const clean = { body: buildCrl({ issuer: pki.ca }) }
  const download = (url: string, e: string) =>
    `failed to download CRL from ${url}: failed to retrieve CRL: ${e}`
  const scheme = (url: string, name: string) =>
    download(url, `unsupported scheme: ${name}. Only supports CRL URL in HTTP protocol`)
  const both = pki.chainOf({ ocspUrls: [OCSP_URL], crlUrls: [CRL_URL] })
  const { certificate } = both[0] as IssuedCertificate
  const unknown = {
    body: buildOcspResponse({
      signer: pki.ca,
      responses: [{ certificate, issuer: pki.ca.certificate, status: 'unknown' }],
    }),
  }
  const unknownError = 'certificate has unknown status via OCSP'
  const listing = { body: buildCrl({ issuer: pki.ca, entries: [{ certificate }] }) }
  const freshest = encodeExtension('2.5.29.46', encodeSequence())
  const nameless = encodeExtension('2.5.29.31', encodeSequence(encodeSequence()))
  const other = (name: string, rest: Omit<RevocationCase, 'name'>) => ({ name, ...rest })
  return [
    other('CRL: https', {
      chain: pki.chainOf({ crlUrls: [secure] }),
      answers: {},
      status: 'unknown',
      errors: [scheme(secure, 'https')],
    }),
    other('CRL: ldap', {
      chain: pki.chainOf({ crlUrls: [ldap] }),
      answers: {},
      status: 'unknown',
      errors: [scheme(ldap, 'ldap')],
    }),
    other('CRL: freshest CRL in the certificate only', {
      chain: pki.chainOf({ crlUrls: [CRL_URL], extraExtensions: [freshest] }),
      answers: { [CRL_URL]: clean },
      status: 'unknown',
      errors: ['freshest CRL from certificate extension is not supported'],
    }),
    other('CRL: freshest CRL in the certificate and the base', {
      chain: pki.chainOf({ crlUrls: [CRL_URL], extraExtensions: [freshest] }),
      answers: {
        [CRL_URL]: { body: buildCrl({ issuer: pki.ca, freshestCrlUrls: [DELTA_URL] }) },
        [DELTA_URL]: { body: buildCrl({ issuer: pki.ca, number: 2, deltaIndicator: 1 }) },
      },
      status: 'ok',
    }),
    other('CRL: distribution point without URI', {
      chain: pki.chainOf({ extraExtensions: [nameless] }),
      answers: {},
      status: 'unknown',
      errors: ['CRL distribution points without URI are not supported'],
      difference: 'distribution points without URI are passed over',
    }),
    other('neither OCSP nor CRL', { chain: pki.chainOf({}), answers: {}, status: 'ok' }),
    other('OCSP unknown, CRL clean', {
      chain: both,
      answers: { [OCSP_URL]: unknown, [CRL_URL]: clean },
      status: 'ok',
      errors: [unknownError, undefined],
    }),
    other('OCSP unknown, CRL lists it', {
      chain: both,
      answers: { [OCSP_URL]: unknown, [CRL_URL]: listing },
      status: 'revoked',
      errors: [unknownError, undefined],
    }),
    other('OCSP unknown, CRL missing', {
      chain: both,
      answers: { [OCSP_URL]: unknown, [CRL_URL]: { status: 404 } },
      status: 'unknown',
      errors: [unknownError, MISSING(CRL_URL)],
    }),
  ]
}
