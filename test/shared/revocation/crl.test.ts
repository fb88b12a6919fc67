import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../../shared/bytes.ts'
import { encodeUnsignedInteger } from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { parseCrl } from '../../../shared/revocation/crl.ts'
import { verifyCrlBundle } from '../../../shared/revocation/crl-bundle.ts'
import { orMalformed } from '../../../shared/revocation/malformed.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { AT, flipBit, issueCa, issueLeaf } from '../../support/certificates.ts'
import { buildCrl, type CrlOptions, encodeIssuingPoint } from '../../support/crl-lists.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import { createPki } from '../../support/ocsp-crl-pki.ts'

const PKI = createPki()

function crlWith(options: Partial<CrlOptions> = {}): Uint8Array {
  return buildCrl({ issuer: PKI.ca, ...options })
}

describe('crl', () => {
  test('parseCrl() reads what stands in a CRL', () => {
    const thisUpdate = new Date('2029-12-31T00:00:00Z')
    const nextUpdate = new Date('2050-01-01T00:00:00Z')
    const crl = parseCrl(
      crlWith({
        thisUpdate,
        nextUpdate,
        number: 0x1_0000_0000,
        deltaIndicator: 7,
        freshestCrlUrls: ['http://a.example.com/1', 'http://a.example.com/2'],
        entries: [{}],
      }),
    )
    expect(crl).toMatchObject({
      thisUpdate,
      nextUpdate,
      number: 0x1_0000_0000n,
      deltaIndicator: 7n,
      freshestCrlUrls: ['http://a.example.com/1', 'http://a.example.com/2'],
      isIndirect: false,
      issuer: PKI.ca.certificate.subject,
    })
    expect(crl.entries.length).toBeGreaterThan(0)
  })

  test('parseCrl() reads a CRL with nothing in it', () => {
    const crl = parseCrl(crlWith({ number: null, nextUpdate: null }))
    expect(crl).toMatchObject({
      nextUpdate: undefined,
      number: undefined,
      deltaIndicator: undefined,
      freshestCrlUrls: undefined,
      extensions: [],
    })
    expect(crl.entries).toHaveLength(0)
  })

  test.each([
    [1, false],
    [2, false],
    [4, true],
    [5, false],
  ] as const)('parseCrl() tells an indirect CRL: field %d is %s', (field, isIndirect) => {
    expect(parseCrl(crlWith({ extensions: [encodeIssuingPoint(field)] })).isIndirect).toBe(
      isIndirect,
    )
  })

  test.each([
    [20, undefined],
    [21, 'a CRL number is too large'],
  ])('parseCrl() reads CRL numbers of %d bytes', (length, found) => {
    const value = encodeUnsignedInteger(new Uint8Array(length).fill(0xff))
    const crl = crlWith({ number: null, extensions: [encodeExtension('2.5.29.20', value)] })
    const refusal = orMalformed(() => parseCrl(crl))
    if (found === undefined) expect(refusal).toMatchObject({ number: 2n ** 160n - 1n })
    else expect(refusal).toContain(`Cannot read CRL: ${found}`)
  })

  test('parseCrl() reads any bytes or refuses them', () => {
    const valid = crlWith({ entries: [{ reason: 1 }], freshestCrlUrls: ['http://a.example.com'] })
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
          parseCrl(candidate)
        } catch (error) {
          if (!isNotationError(error, 'encoding-invalid')) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['a certificate that is no CA', issueLeaf({ keyUsage: ['cRLSign'] })],
    ['a CA of version 3 without constraints', issueCa({ basicConstraints: null })],
  ])('verifyCrlBundle() refuses a CRL of %s', async (_, issuer) => {
    const base = parseCrl(buildCrl({ issuer }))
    const bundle = { base, delta: undefined }
    expect(await verifyCrlBundle(bundle, issuer.certificate, AT, nodeCrypto)).toContain(
      'x509: invalid signature: parent certificate cannot sign this kind of certificate',
    )
  })

  test('verifyCrlBundle() believes no CRL with a changed bit', async () => {
    const valid = crlWith({ entries: [{ reason: 1 }] })
    const judge = async (bytes: Uint8Array) => {
      const base = orMalformed(() => parseCrl(bytes))
      if (typeof base === 'string') return base
      return verifyCrlBundle({ base, delta: undefined }, PKI.ca.certificate, AT, nodeCrypto)
    }
    expect(await judge(valid)).toHaveProperty('baseIndex')
    for (let index = 0; index < valid.length; index++)
      expect(await judge(flipBit(valid, index))).toEqual(expect.any(String))
  })
})
