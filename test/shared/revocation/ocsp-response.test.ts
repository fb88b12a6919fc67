import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, encodeUtf8 } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG, primitiveTag } from '../../../shared/der.ts'
import { encodeTagged } from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import {
  checkOcspResponse,
  type OcspVerdict,
} from '../../../shared/revocation/check-ocsp-response.ts'
import { orMalformed } from '../../../shared/revocation/malformed.ts'
import { parseOcspResponse } from '../../../shared/revocation/ocsp-response.ts'
import { AT, flipBit, type IssuedCertificate } from '../../support/certificates.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { createPki } from '../../support/ocsp-crl-pki.ts'
import {
  buildOcspResponse,
  type OcspOptions,
  type SingleOptions,
} from '../../support/ocsp-responses.ts'
import { nodeSha1 } from '../../support/ocsp-servers.ts'

const PKI = createPki()
const [LEAF] = PKI.chainOf({}) as [IssuedCertificate]
const MINUTE_MS = 60_000

function respond(single: Partial<SingleOptions> = {}, options: Partial<OcspOptions> = {}) {
  const about = { certificate: LEAF.certificate, issuer: PKI.ca.certificate, ...single }
  return buildOcspResponse({ responses: [about], signer: PKI.ca, ...options })
}

async function judge(bytes: Uint8Array): Promise<OcspVerdict | string> {
  const answer = orMalformed(() => parseOcspResponse(bytes))
  if (typeof answer === 'string') return answer
  if (answer.kind === 'refusal') return `refusal ${answer.status}`
  return checkOcspResponse(answer.response, {
    certificate: LEAF.certificate,
    issuer: PKI.ca.certificate,
    now: AT,
    signingTime: undefined,
    crypto: nodeCrypto,
    sha1: nodeSha1,
  })
}

function fromNow(milliseconds: number): Date {
  return new Date(AT.getTime() + milliseconds)
}

describe('ocsp-response', () => {
  test('parseOcspResponse() reads any bytes or refuses them', () => {
    const valid = respond()
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat(valid.length - 1), fc.uint8Array({ maxLength: 8 }), fc.nat(8))
        .map(([at, patch, cut]) =>
          concatBytes(valid.subarray(0, at), patch, valid.subarray(at + cut)),
        ),
    )
    fc.assert(
      fc.property(bytes, (candidate) => {
        try {
          parseOcspResponse(candidate)
        } catch (error) {
          if (!isNotationError(error, 'encoding-invalid')) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['the issuer', respond()],
    ['a delegate', respond({}, delegated(PKI.delegate()))],
  ])('checkOcspResponse() believes no response of %s with a changed bit', async (_, valid) => {
    expect(await judge(valid)).toEqual({ kind: 'status', status: 'good' })
    for (let index = 0; index < valid.length; index++) {
      const verdict = await judge(flipBit(valid, index))
      expect(verdict).not.toHaveProperty('status')
    }
  })

  test.each([
    [
      'has content in its status',
      encodeTagged(primitiveTag(0), Uint8Array.of(1)),
      'a status has content',
    ],
    ['has a status of another kind', encodeTagged(primitiveTag(3)), 'found tag 0x83, wanted 0x82'],
    [
      'was revoked at a fraction of a second',
      encodeTagged(
        constructedTag(1),
        encodeTagged(DER_TAG.generalizedTime, encodeUtf8('20200101000000.5Z')),
      ),
      'a GeneralizedTime is not YYYYMMDDHHMMSSZ',
    ],
  ])('parseOcspResponse() refuses one that %s', async (_, statusDer, found) => {
    expect(await judge(respond({ statusDer }))).toContain(`Cannot read OCSP response: ${found}`)
  })

  test('parseOcspResponse() refuses one with too many certificates', async () => {
    const certificates = Array.from({ length: 33 }, () => PKI.ca.der)
    expect(await judge(respond({}, { certificates }))).toContain(
      'it holds 33 certificates, wanted at most 32',
    )
  })

  test.each([
    ['until now', { nextUpdate: AT }, 'status'],
    ['until a second ago', { nextUpdate: fromNow(-1000) }, 'unproven'],
    ['from in five minutes on', { thisUpdate: fromNow(5 * MINUTE_MS) }, 'status'],
    ['from later on', { thisUpdate: fromNow(5 * MINUTE_MS + 1000) }, 'unproven'],
  ])('checkOcspResponse() judges one that counts %s', async (_, single, kind) => {
    expect(await judge(respond(single))).toHaveProperty('kind', kind)
  })

  test.each([
    ['until now', { notAfter: AT }, 'status'],
    ['until a second ago', { notAfter: fromNow(-1000) }, 'unproven'],
    ['from now on', { notBefore: AT }, 'status'],
    ['from the next second on', { notBefore: fromNow(1000) }, 'unproven'],
  ])('checkOcspResponse() judges a delegate that is valid %s', async (_, validity, kind) => {
    const verdict = await judge(respond({}, delegated(PKI.delegate(validity))))
    expect(verdict).toHaveProperty('kind', kind)
  })

  test('checkOcspResponse() takes a root that sends itself along', async () => {
    const [leaf] = PKI.chainOf({}, PKI.root) as [IssuedCertificate]
    const about = { certificate: leaf.certificate, issuer: PKI.root.certificate }
    const answer = parseOcspResponse(
      buildOcspResponse({ responses: [about], signer: PKI.root, certificates: [PKI.root.der] }),
    )
    if (answer.kind === 'refusal') throw new Error('refused')
    const verdict = await checkOcspResponse(answer.response, {
      ...about,
      now: AT,
      signingTime: undefined,
      crypto: nodeCrypto,
      sha1: nodeSha1,
    })
    expect(verdict).toEqual({ kind: 'status', status: 'good' })
  })
})

function delegated(delegate: IssuedCertificate): Partial<OcspOptions> {
  return { signer: delegate, certificates: [delegate.der] }
}
