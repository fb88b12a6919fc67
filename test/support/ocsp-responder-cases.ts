// OCSP answers by every kind of responder, about every kind of certificate, and what is to be found.

import { flipBit, type IssuedCertificate } from './certificates.ts'
import { OCSP_URL, type Pki, type RevocationCase } from './ocsp-crl-pki.ts'
import { buildOcspResponse, type OcspOptions, type SingleOptions } from './ocsp-responses.ts'

const NO_MATCH = 'no response matching the supplied certificate'
const PAST = new Date('2021-01-01T00:00:00Z')

type Answered = Omit<RevocationCase, 'chain' | 'answers'>

/** Cases of who answers, and about whom. */
export function responderCases(pki: Pki): readonly RevocationCase[] {
  return [...signerCases(pki), ...matchCases(pki)]
}

/** What makes responses about one leaf. */
export function responderOf(pki: Pki, issuer: IssuedCertificate = pki.ca, urls = [OCSP_URL]) {
  const chain = pki.chainOf({ ocspUrls: urls }, issuer)
  const certificate = (chain[0] as IssuedCertificate).certificate
  const about = (single: Partial<SingleOptions> = {}): SingleOptions => ({
    certificate,
    issuer: issuer.certificate,
    ...single,
  })
  const respond = (single: Partial<SingleOptions> = {}, options: Partial<OcspOptions> = {}) =>
    buildOcspResponse({ responses: [about(single)], signer: issuer, ...options })
  return { chain, certificate, about, respond }
}

function signerCases(pki: Pki): readonly RevocationCase[] {
  const { chain, respond } = responderOf(pki)
  const signedBy = (signer: IssuedCertificate, more: Partial<OcspOptions> = {}) =>
    respond({}, { signer, certificates: [signer.der], ...more })
  const notNamed = 'the responder ID does not name the certificate that signed'
  const bare = pki.delegate({ extendedKeyUsage: null })
  const old = pki.delegate({ notBefore: new Date('2019-01-01T00:00:00Z'), notAfter: PAST })
  const renamed = pki.delegate({ issuerName: [['CN', 'Another CA']] })
  const rsa = responderOf(pki, pki.rsaCa)
  const ed = responderOf(pki, pki.edCa)
  const unverified = 'x509: ECDSA verification failure'
  const table: readonly (readonly [Answered, Uint8Array, chain?: RevocationCase['chain']])[] = [
    [{ name: 'named by key', status: 'ok' }, respond({}, { responderId: 'key' })],
    [{ name: 'delegate', status: 'ok' }, signedBy(pki.delegate())],
    [
      { name: 'delegate named by key', status: 'ok' },
      signedBy(pki.delegate(), { responderId: 'key' }),
    ],
    [
      {
        name: 'delegate for another purpose',
        status: 'unknown',
        errors: ['the embedded certificate is not for OCSP signing'],
        difference: "the delegate's purpose is not looked at",
      },
      signedBy(bare),
    ],
    [
      {
        name: 'delegate that has expired',
        status: 'unknown',
        errors: ['the embedded certificate is not valid now'],
        difference: "the delegate's validity is not looked at",
      },
      signedBy(old),
    ],
    [
      {
        name: 'delegate that names another issuer',
        status: 'unknown',
        errors: ['bad OCSP signature: the embedded certificate names another issuer'],
        difference: "the delegate's issuer name is not looked at",
      },
      signedBy(renamed),
    ],
    [
      {
        name: 'delegate of the root',
        status: 'unknown',
        errors: [`bad OCSP signature: ${unverified}`],
      },
      signedBy(pki.delegate({}, pki.root)),
    ],
    [
      {
        name: 'delegate of an impostor',
        status: 'unknown',
        errors: [`bad OCSP signature: ${unverified}`],
      },
      signedBy(pki.delegate({}, pki.impostor)),
    ],
    [
      {
        name: 'delegate that is not sent along',
        status: 'unknown',
        errors: [`bad OCSP signature: ${unverified}`],
      },
      respond({}, { signer: pki.delegate() }),
    ],
    [
      {
        name: 'delegate that did not sign',
        status: 'unknown',
        errors: [`bad signature on embedded certificate: ${unverified}`],
      },
      respond({}, { certificates: [pki.delegate().der] }),
    ],
    [
      {
        name: 'issuer that sends itself along, issued by the root',
        status: 'unknown',
        errors: [`bad OCSP signature: ${unverified}`],
      },
      signedBy(pki.ca),
    ],
    [
      {
        name: 'responder named otherwise',
        status: 'unknown',
        errors: [notNamed],
        difference: 'the responder ID is not looked at',
      },
      respond({}, { responder: pki.root.certificate }),
    ],
    [
      {
        name: 'responder with another key',
        status: 'unknown',
        errors: [notNamed],
        difference: 'the responder ID is not looked at',
      },
      respond({}, { responder: pki.root.certificate, responderId: 'key' }),
    ],
    [
      {
        name: 'altered signature',
        status: 'unknown',
        errors: [`bad OCSP signature: ${unverified}`],
      },
      respond({}, { alterSignature: (signature) => flipBit(signature, -1) }),
    ],
    [
      {
        name: 'SHA-1 signature',
        status: 'unknown',
        errors: ['bad OCSP signature: x509: cannot verify signature: insecure algorithm SHA1-RSA'],
        difference: 'SHA-1 signatures count in OCSP',
      },
      rsa.respond({}, { signature: 'SHA-1' }),
      rsa.chain,
    ],
    [
      {
        name: 'RSASSA-PSS signature',
        status: 'unknown',
        errors: ['bad OCSP signature: x509: cannot verify signature: algorithm unimplemented'],
      },
      rsa.respond({}, { signature: 'PSS-SHA-256' }),
      rsa.chain,
    ],
    [
      {
        name: 'Ed25519 signature',
        status: 'unknown',
        errors: ['bad OCSP signature: x509: cannot verify signature: algorithm unimplemented'],
      },
      ed.respond(),
      ed.chain,
    ],
    [{ name: 'RSA signature', status: 'ok' }, rsa.respond(), rsa.chain],
    [
      {
        name: 'embedded certificate that is none',
        status: 'unknown',
        isInOtherWords: true,
        errors: ['Cannot read certificate: it ends where another value should stand'],
      },
      respond({}, { certificates: [Uint8Array.of(0x30, 0)] }),
    ],
  ]
  return table.map(([rest, body, other = chain]) => ({
    ...rest,
    name: `OCSP responder: ${rest.name}`,
    chain: other,
    answers: { [OCSP_URL]: { body } },
  }))
}

function matchCases(pki: Pki): readonly RevocationCase[] {
  const { chain, about, respond } = responderOf(pki)
  const other = { serialNumber: Uint8Array.of(1) }
  const zeros = new Uint8Array(20)
  const several = (...singles: Partial<SingleOptions>[]) =>
    respond({}, { responses: singles.map(about) })
  const table: readonly (readonly [Answered, Uint8Array])[] = [
    [{ name: 'another serial number', status: 'unknown', errors: [NO_MATCH] }, respond(other)],
    [
      {
        name: 'another issuer name',
        status: 'unknown',
        errors: [NO_MATCH],
        difference: 'issuer hashes are not looked at',
      },
      respond({ nameHash: zeros }),
    ],
    [
      {
        name: 'another issuer key',
        status: 'unknown',
        errors: [NO_MATCH],
        difference: 'issuer hashes are not looked at',
      },
      respond({ keyHash: zeros }),
    ],
    [{ name: 'SHA-256 hashes', status: 'ok' }, respond({ hash: 'SHA-256' })],
    [{ name: 'SHA-512 hashes', status: 'ok' }, respond({ hash: 'SHA-512' })],
    [
      {
        name: 'hashes of an unknown kind',
        status: 'unknown',
        errors: ['unsupported issuer hash algorithm'],
      },
      respond({ hashOid: '1.2.840.113549.2.5' }),
    ],
    [{ name: 'second of two', status: 'ok' }, several({ ...other, status: 'revoked' }, {})],
    [
      {
        name: 'two of the same, first revoked',
        status: 'revoked',
        errors: ['certificate is revoked via OCSP'],
      },
      several({ status: 'revoked' }, {}),
    ],
    [
      {
        name: 'none',
        status: 'unknown',
        errors: ['OCSP response contains bad number of responses'],
      },
      several(),
    ],
  ]
  return table.map(([rest, body]) => ({
    ...rest,
    name: `OCSP match: ${rest.name}`,
    chain,
    answers: { [OCSP_URL]: { body } },
  }))
}
