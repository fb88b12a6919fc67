// OCSP answers of every kind, and what is to be found by each.

import { concatBytes } from '../../shared/bytes.ts'
import { encodeExtension } from './certificate-encoding.ts'
import { buildCrl } from './crl-lists.ts'
import { CRL_URL, OCSP_URL, OCSP_URL_2, type Pki, type RevocationCase } from './ocsp-crl-pki.ts'
import { responderCases, responderOf } from './ocsp-responder-cases.ts'
import { buildOcspRefusal, encodeGeneralizedTime, type SingleOptions } from './ocsp-responses.ts'
import type { ServerAnswer } from './ocsp-servers.ts'

const PREFIX = 'error checking revocation status via OCSP: '
const REVOKED = 'certificate is revoked via OCSP'
const UNKNOWN = 'certificate has unknown status via OCSP'
const PAST = new Date('2021-01-01T00:00:00Z')
const FUTURE = new Date('2098-01-01T00:00:00Z')
const SIGNED_AT = new Date('2024-01-01T00:00:00Z')

type Answered = Omit<RevocationCase, 'chain' | 'answers'>

/** Cases in which the leaf names OCSP servers. */
export function ocspCases(pki: Pki): readonly RevocationCase[] {
  return [...statusCases(pki), ...responderCases(pki), ...formCases(pki), ...transportCases(pki)]
}

function statusCases(pki: Pki): readonly RevocationCase[] {
  const { chain, respond } = responderOf(pki)
  const invalidAt = (at: Date) => [encodeExtension('2.5.29.24', encodeGeneralizedTime(at))]
  const table: readonly (readonly [Answered, Partial<SingleOptions>])[] = [
    [{ name: 'good', status: 'ok' }, {}],
    [{ name: 'revoked', status: 'revoked', errors: [REVOKED] }, { status: 'revoked' }],
    [
      { name: 'revoked for a reason', status: 'revoked', errors: [REVOKED] },
      { status: 'revoked', reason: 1 },
    ],
    [
      { name: 'on hold', status: 'revoked', errors: [REVOKED] },
      { status: 'revoked', reason: 6 },
    ],
    [{ name: 'unknown', status: 'unknown', errors: [UNKNOWN] }, { status: 'unknown' }],
    [
      { name: 'signed before the invalidity date', status: 'ok', signingTime: SIGNED_AT },
      { status: 'revoked', extensions: invalidAt(new Date('2025-01-01T00:00:00Z')) },
    ],
    [
      {
        name: 'signed at the invalidity date',
        status: 'revoked',
        errors: [REVOKED],
        signingTime: SIGNED_AT,
      },
      { status: 'revoked', extensions: invalidAt(SIGNED_AT) },
    ],
    [
      { name: 'invalidity date without signing time', status: 'revoked', errors: [REVOKED] },
      { status: 'revoked', extensions: invalidAt(FUTURE) },
    ],
    [
      {
        name: 'unknown with an invalidity date',
        status: 'unknown',
        errors: [UNKNOWN],
        signingTime: SIGNED_AT,
      },
      { status: 'unknown', extensions: invalidAt(FUTURE) },
    ],
    [
      {
        name: 'malformed invalidity date',
        status: 'revoked',
        errors: [REVOKED],
        signingTime: SIGNED_AT,
      },
      { status: 'revoked', extensions: [encodeExtension('2.5.29.24', Uint8Array.of(5, 0))] },
    ],
    [
      { name: 'expired', status: 'unknown', errors: [`${PREFIX}expired OCSP response`] },
      { nextUpdate: PAST },
    ],
    [
      { name: 'no next update', status: 'unknown', errors: [`${PREFIX}expired OCSP response`] },
      { nextUpdate: null },
    ],
    [
      {
        name: 'made in the future',
        status: 'unknown',
        errors: [`${PREFIX}OCSP response of the future`],
        difference: 'thisUpdate is not looked at',
      },
      { thisUpdate: FUTURE },
    ],
    [
      { name: 'critical extension', status: 'unknown', errors: ['unsupported critical extension'] },
      { extensions: [encodeExtension('1.2.3', Uint8Array.of(5, 0), true)] },
    ],
    [
      { name: 'extension of no matter', status: 'ok' },
      { extensions: [encodeExtension('1.2.3', Uint8Array.of(5, 0))] },
    ],
  ]
  return table.map(([rest, single]) => ({
    ...rest,
    name: `OCSP: ${rest.name}`,
    chain,
    answers: { [OCSP_URL]: { body: respond(single) } },
  }))
}

function formCases(pki: Pki): readonly RevocationCase[] {
  const { chain, respond } = responderOf(pki)
  const malformed = (name: string, found: string, body: Uint8Array): [Answered, Uint8Array] => [
    {
      name,
      status: 'unknown',
      errors: [`Cannot read OCSP response: ${found}`],
      isInOtherWords: true,
    },
    body,
  ]
  const refusal = (status: number, error: string): [Answered, Uint8Array] => [
    { name: `refusal ${status}`, status: 'unknown', errors: [error] },
    buildOcspRefusal(status),
  ]
  const table: readonly (readonly [Answered, Uint8Array])[] = [
    refusal(1, `${PREFIX}OCSP malformed`),
    refusal(2, `${PREFIX}OCSP internal error`),
    refusal(3, `${PREFIX}OCSP try later`),
    refusal(4, 'ocsp: error from server: unknown OCSP status: 4'),
    refusal(5, `${PREFIX}OCSP signature required`),
    refusal(6, `${PREFIX}OCSP unauthorized`),
    malformed('empty', 'it ends where another value should stand', new Uint8Array()),
    malformed('HTML', 'found tag 0x3c, wanted 0x30', Uint8Array.from(Buffer.from('<html>'))),
    malformed('success without content', 'a successful one has no content', buildOcspRefusal(0)),
    malformed(
      'response of another type',
      'bad OCSP response type',
      respond({}, { responseType: '1.3.6.1.5.5.7.48.1.2' }),
    ),
    [{ name: 'version written out', status: 'ok' }, respond({}, { version: 0 })],
    [
      {
        name: 'version 2',
        status: 'unknown',
        errors: ['Cannot read OCSP response: its version is 2, wanted 1'],
        isInOtherWords: true,
        difference: 'the version is not looked at',
      },
      respond({}, { version: 1 }),
    ],
    [
      {
        name: 'critical extension of the whole',
        status: 'unknown',
        errors: ['unsupported critical extension'],
        difference: 'extensions of the whole are not looked at',
      },
      respond({}, { extensions: [encodeExtension('1.2.3', Uint8Array.of(5, 0), true)] }),
    ],
    [
      {
        name: 'too large',
        status: 'unknown',
        errors: [`${PREFIX}OCSP response size exceeds the limit: 20480`],
        isInOtherWords: true,
      },
      concatBytes(respond(), new Uint8Array(20_480)),
    ],
  ]
  return table.map(([rest, body]) => ({
    ...rest,
    name: `OCSP form: ${rest.name}`,
    chain,
    answers: { [OCSP_URL]: { body } },
  }))
}

type Servers = Readonly<Record<string, ServerAnswer & { readonly body?: Uint8Array }>>

function transportCases(pki: Pki): readonly RevocationCase[] {
  const one = responderOf(pki)
  const two = responderOf(pki, pki.ca, [OCSP_URL, OCSP_URL_2])
  const secure = pki.chainOf({ ocspUrls: ['https://ocsp.example.com'] })
  const both = pki.chainOf({ ocspUrls: [OCSP_URL], crlUrls: [CRL_URL] })
  const crl = { body: buildCrl({ issuer: pki.ca }) }
  const missing = 'failed to retrieve OCSP: response had status code 404'
  const good = { body: two.respond() }
  const away = (location: string) => ({ status: 302, headers: { Location: location } })
  const table: readonly (readonly [Answered, RevocationCase['chain'], Servers])[] = [
    [
      { name: 'status 404', status: 'unknown', errors: [missing] },
      one.chain,
      { [OCSP_URL]: { status: 404 } },
    ],
    [
      {
        name: 'https',
        status: 'unknown',
        errors: [`${PREFIX}OCSPServer protocol https is not supported`],
      },
      secure,
      {},
    ],
    [
      { name: 'second server', status: 'ok', errors: [missing, undefined] },
      two.chain,
      { [OCSP_URL]: { status: 404 }, [OCSP_URL_2]: good },
    ],
    [
      {
        name: 'second server after an expired answer',
        status: 'revoked',
        errors: [`${PREFIX}expired OCSP response`, REVOKED],
      },
      two.chain,
      {
        [OCSP_URL]: { body: two.respond({ nextUpdate: PAST }) },
        [OCSP_URL_2]: { body: two.respond({ status: 'revoked' }) },
      },
    ],
    [
      { name: 'unknown is an answer', status: 'unknown', errors: [UNKNOWN] },
      two.chain,
      { [OCSP_URL]: { body: two.respond({ status: 'unknown' }) }, [OCSP_URL_2]: good },
    ],
    [
      {
        name: 'no server answers',
        status: 'unknown',
        errors: [missing, `${PREFIX}OCSP try later`],
      },
      two.chain,
      { [OCSP_URL]: { status: 404 }, [OCSP_URL_2]: { body: buildOcspRefusal(3) } },
    ],
    [
      { name: 'falls back to a CRL', status: 'ok', errors: [missing, undefined] },
      both,
      { [OCSP_URL]: { status: 404 }, [CRL_URL]: crl },
    ],
    [
      { name: 'redirect', status: 'ok' },
      one.chain,
      {
        [OCSP_URL]: away('http://elsewhere.example.com/a'),
        'http://elsewhere.example.com/a': { body: one.respond() },
      },
    ],
    [
      {
        name: 'redirect to https',
        status: 'unknown',
        errors: [`${PREFIX}OCSPServer protocol https is not supported`],
        difference: 'redirects may lead to https',
      },
      one.chain,
      {
        [OCSP_URL]: away('https://elsewhere.example.com/a'),
        'https://elsewhere.example.com/a': { body: one.respond() },
      },
    ],
    [
      {
        name: 'redirect to a private host',
        status: 'unknown',
        errors: [`${PREFIX}host "10.0.0.1" is not public, and revocationHosts does not list it`],
        difference: 'every host is asked',
      },
      one.chain,
      { [OCSP_URL]: away('http://10.0.0.1/a'), 'http://10.0.0.1/a': { body: one.respond() } },
    ],
  ]
  return table.map(([rest, chain, answers]) => ({
    ...rest,
    name: `OCSP transport: ${rest.name}`,
    chain,
    answers,
  }))
}
