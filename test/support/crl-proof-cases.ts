// CRLs that prove nothing, of every kind, and what is to be found by each.

import { concatBytes } from '../../shared/bytes.ts'
import { encodeSequence, encodeTagged } from '../../shared/der-encode.ts'
import { encodeExtension } from './certificate-encoding.ts'
import { flipBit, type IssuedCertificate } from './certificates.ts'
import { buildCrl, type CrlOptions, encodeIssuingPoint } from './crl-lists.ts'
import { CRL_URL, type Pki, type RevocationCase } from './ocsp-crl-pki.ts'

/** An entry extension's value that means nothing. */
const NULL = Uint8Array.of(5, 0)
const PAST = new Date('2021-01-01T00:00:00Z')
const FUTURE = new Date('2098-01-01T00:00:00Z')

const CRITICAL = encodeExtension('1.2.3', NULL, true)
const INVALID = (inner: string) => `failed to validate CRL from ${CRL_URL}: ${inner}`
const INVALID_BASE = (inner: string) => INVALID(`failed to validate base CRL: ${inner}`)

type Answered = Omit<RevocationCase, 'chain' | 'answers'>

/** Cases in which a CRL is to be refused, and those close by in which it is not. */
export function proofCases(pki: Pki): readonly RevocationCase[] {
  return [...signedCases(pki), ...formCases(pki)]
}

function signedCases(pki: Pki): readonly RevocationCase[] {
  const leaf = { crlUrls: [CRL_URL] }
  const chain = pki.chainOf(leaf)
  const listed = [{ certificate: (chain[0] as IssuedCertificate).certificate }]
  const unsigned = (e: string, ca = 'Issuing') =>
    INVALID_BASE(`CRL is not signed by CA CN=Test ${ca} CA,O=Test CA,C=US: ${e},`)
  const unverified = unsigned('x509: ECDSA verification failure')
  const bare = pki.chainOf(leaf, pki.caWithoutCrlSign)
  const rsa = pki.chainOf(leaf, pki.rsaCa)
  const table: readonly (readonly [Answered, Partial<CrlOptions>, chain?: typeof chain])[] = [
    [
      { name: 'altered signature', status: 'unknown', errors: [unverified] },
      { alterSignature: (signature) => flipBit(signature, -1) },
    ],
    [
      { name: 'signed by an impostor', status: 'unknown', errors: [unverified] },
      { issuer: pki.impostor },
    ],
    [
      {
        name: 'issued under another name',
        status: 'unknown',
        errors: [unsigned('it is issued by CN=Test Root CA,O=Test CA,C=US')],
        difference: "the CRL's issuer is not looked at",
      },
      { issuerName: pki.root.certificate.subject.raw },
    ],
    [
      {
        name: 'CA that may not sign CRLs',
        status: 'unknown',
        errors: [
          unsigned(
            'x509: invalid signature: parent certificate cannot sign this kind of certificate',
            'Bare',
          ),
        ],
      },
      { issuer: pki.caWithoutCrlSign },
      bare,
    ],
    [
      {
        name: 'SHA-1 signature',
        status: 'unknown',
        errors: [unsigned('x509: cannot verify signature: insecure algorithm SHA1-RSA', 'RSA')],
        difference: 'SHA-1 signatures count on CRLs',
      },
      { issuer: pki.rsaCa, signature: 'SHA-1' },
      rsa,
    ],
    [
      { name: 'RSASSA-PSS signature', status: 'ok' },
      { issuer: pki.rsaCa, signature: 'PSS-SHA-256' },
      rsa,
    ],
    [{ name: 'RSA signature', status: 'ok' }, { issuer: pki.rsaCa }, rsa],
    [
      {
        name: 'no next update',
        status: 'unknown',
        errors: [INVALID_BASE('CRL NextUpdate is not set')],
      },
      { nextUpdate: null },
    ],
    [
      {
        name: 'expired, though it lists the certificate',
        status: 'unknown',
        isInOtherWords: true,
        errors: [
          INVALID_BASE(
            'expired CRL. Current time 2030-01-02 03:04:05 +0000 UTC is after CRL NextUpdate 2021-01-01 00:00:00 +0000 UTC',
          ),
        ],
      },
      { nextUpdate: PAST, entries: listed },
    ],
    [
      {
        name: 'made in the future',
        status: 'unknown',
        errors: [
          INVALID_BASE(
            'CRL of the future. Current time 2030-01-02 03:04:05 +0000 UTC is before CRL ThisUpdate 2098-01-01 00:00:00 +0000 UTC',
          ),
        ],
        difference: 'thisUpdate is not looked at',
      },
      { thisUpdate: FUTURE },
    ],
    [
      {
        name: 'critical extension',
        status: 'unknown',
        errors: [INVALID_BASE('unsupported critical extension found in CRL: 1.2.3')],
      },
      { extensions: [CRITICAL] },
    ],
    [
      { name: 'extension of no matter', status: 'ok' },
      { extensions: [encodeExtension('1.2.3', NULL)] },
    ],
    [
      { name: 'issuing distribution point for CAs', status: 'ok' },
      { extensions: [encodeIssuingPoint(2)] },
    ],
    [
      {
        name: 'indirect',
        status: 'unknown',
        errors: [INVALID_BASE('indirect CRLs are not supported')],
        difference: 'the issuing distribution point is not looked into',
      },
      { extensions: [encodeIssuingPoint(4)] },
    ],
    [
      {
        name: 'delta CRL in place of a base',
        status: 'unknown',
        errors: [INVALID_BASE('it is a delta CRL, which does not list all')],
        difference: "a base's delta indicator is not looked at",
      },
      { deltaIndicator: 1 },
    ],
  ]
  return table.map(([rest, options, other = chain]) => ({
    ...rest,
    name: `CRL proof: ${rest.name}`,
    chain: other,
    answers: { [CRL_URL]: { body: buildCrl({ issuer: pki.ca, ...options }) } },
  }))
}

function formCases(pki: Pki): readonly RevocationCase[] {
  const chain = pki.chainOf({ crlUrls: [CRL_URL] })
  const crl = buildCrl({ issuer: pki.ca })
  const broken = (options: Partial<CrlOptions>) => buildCrl({ issuer: pki.ca, ...options })
  const table: readonly (readonly [
    name: string,
    found: string,
    body: Uint8Array,
    difference?: string,
  ])[] = [
    ['empty', 'it ends where another value should stand', new Uint8Array()],
    [
      'PEM',
      'found tag 0x2d, wanted 0x30',
      Uint8Array.from(
        Buffer.from(`-----BEGIN X509 CRL-----\n${Buffer.from(crl).toString('base64')}`),
      ),
    ],
    [
      'bytes behind it',
      `bytes follow where it should end`,
      concatBytes(crl, Uint8Array.of(0)),
      'bytes behind a CRL are passed over',
    ],
    ['version 1', 'its version is not 2', broken({ version: null })],
    ['version 3', 'its version is not 2', broken({ version: 2 })],
    [
      'another algorithm outside',
      'its inner and outer signature algorithms differ',
      broken({ outerAlgorithm: encodeSequence(encodeTagged(6, Uint8Array.of(0x2a, 3))) }),
    ],
    [
      'an extension twice',
      'an extension stands twice',
      broken({ extensions: [encodeExtension('1.2.3', NULL), encodeExtension('1.2.3', NULL)] }),
      'extensions may stand twice',
    ],
    [
      'entry without date',
      'Cannot read CRL entry: it ends where another value should stand',
      broken({ entriesDer: encodeSequence(encodeSequence(encodeTagged(2, Uint8Array.of(1)))) }),
    ],
  ]
  return table.map(([name, found, body, difference]) => ({
    name: `CRL form: ${name}`,
    status: 'unknown',
    errors: [found],
    isInOtherWords: true,
    ...(difference === undefined ? {} : { difference }),
    chain,
    answers: { [CRL_URL]: { body } },
  }))
}
