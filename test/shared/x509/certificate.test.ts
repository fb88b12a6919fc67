import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG, DerReader, primitiveTag } from '../../../shared/der.ts'
import {
  encodeBitString,
  encodeObjectIdentifier,
  encodeSequence,
  encodeTagged,
  encodeUnsignedInteger,
} from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import {
  type Certificate,
  isSameCertificate,
  isSelfIssued,
  namesRevocationServer,
  parseCertificate,
} from '../../../shared/x509/certificate.ts'
import { formatName } from '../../../shared/x509/name.ts'
import { parseCertificatesPemOrDer } from '../../../shared/x509/pem.ts'
import {
  buildChain,
  type CertificateOptions,
  flipBit,
  issueCa,
  issueLeaf,
} from '../../support/certificates.ts'
import { encodePssIdentifier } from '../../support/keys.ts'

function refusalOf(der: Uint8Array): string {
  try {
    parseCertificate(der)
  } catch (error) {
    if (isNotationError(error, 'certificate-malformed')) return error.message
    throw error
  }
  throw new Error('Nothing was refused')
}

function refusalOfLeaf(options: CertificateOptions): string {
  try {
    issueLeaf(options)
  } catch (error) {
    if (isNotationError(error, 'certificate-malformed')) return error.message
    throw error
  }
  throw new Error('Nothing was refused')
}

function leaf(options: CertificateOptions = {}): Certificate {
  return issueLeaf(options).certificate
}

describe('certificate', () => {
  test('parseCertificate() reads a certificate that a public authority issued', () => {
    const pem = readFileSync(new URL('../../vectors/x509/isrg-root-x2.pem', import.meta.url))
    const [der] = parseCertificatesPemOrDer(pem)
    const certificate = parseCertificate(der ?? new Uint8Array())
    expect(formatName(certificate.subject)).toBe(
      'CN=ISRG Root X2,O=Internet Security Research Group,C=US',
    )
    expect(toHex(certificate.serialNumber)).toBe('41d29dd172eaeea780c12c6ce92f8752')
    expect(certificate.notBefore.toISOString()).toBe('2020-09-04T00:00:00.000Z')
    expect(certificate.notAfter.toISOString()).toBe('2040-09-17T16:00:00.000Z')
    expect(certificate.publicKey).toEqual({ kind: 'EC', curve: 'P-384', oid: '1.3.132.0.34' })
    expect(certificate.signatureAlgorithm).toEqual({ name: 'ECDSA', hash: 'SHA-384' })
    expect(certificate.basicConstraints).toEqual({
      critical: true,
      ca: true,
      pathLength: undefined,
    })
    expect(certificate.keyUsage).toEqual({ critical: true, usages: ['keyCertSign', 'cRLSign'] })
    expect(toHex(certificate.subjectKeyId ?? new Uint8Array())).toBe(
      '7c4296aede4b483bfa92f89e8ccf6d8ba9723795',
    )
    expect(certificate.authorityKeyId).toBeUndefined()
    expect(namesRevocationServer(certificate)).toBe(false)
    expect(isSelfIssued(certificate)).toBe(true)
  })

  test('parseCertificate() gives the signed part and the key as they stand', () => {
    const { der, certificate } = issueLeaf({ key: 'rsa-3072' })
    const reader = new DerReader(der, { code: 'internal', object: 'certificate' })
    reader.inside(DER_TAG.sequence, () => {
      expect(certificate.tbs).toEqual(reader.readRaw(DER_TAG.sequence))
      reader.readRaw(DER_TAG.sequence)
      expect(certificate.signature).toEqual(reader.readBitStringBytes())
    })
    expect(certificate.raw).toBe(der)
    expect(certificate.publicKey).toEqual({ kind: 'RSA', modulusBits: 3072 })
    expect(toHex(certificate.tbs)).toContain(toHex(certificate.spki))
  })

  test.each([
    ['rsa-2048', 'PSS-SHA-384', { name: 'RSA-PSS', hash: 'SHA-384', saltBytes: 48 }],
    ['rsa-2048', 'SHA-512', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
    ['P-384', 'SHA-256', { name: 'ECDSA', hash: 'SHA-256' }],
    ['Ed25519', undefined, { name: 'Ed25519' }],
    ['rsa-2048', 'SHA-1', undefined],
  ] as const)('parseCertificate() reads how %s signed with %s', (key, signature, algorithm) => {
    const options = signature === undefined ? { key } : { key, signature }
    expect(leaf(options).signatureAlgorithm).toEqual(algorithm)
  })

  test('parseCertificate() names an algorithm that is refused for its hash', () => {
    expect(leaf({ key: 'rsa-2048', signature: 'SHA-1' }).insecureSignature).toBe('SHA1-RSA')
    expect(leaf({ key: 'P-256', signature: 'SHA-1' }).insecureSignature).toBe('ECDSA-SHA1')
    expect(leaf().insecureSignature).toBeUndefined()
  })

  test('parseCertificate() reads versions 1 and 2 without extensions', () => {
    expect(leaf({ version: 1 })).toMatchObject({ version: 1, extensions: [], ocspUrls: [] })
    expect(leaf({ version: 2 }).version).toBe(2)
  })

  test('isSameCertificate() compares all bytes', () => {
    const { der, certificate } = issueLeaf()
    expect(isSameCertificate(certificate, parseCertificate(concatBytes(der)))).toBe(true)
    expect(isSameCertificate(certificate, parseCertificate(flipBit(der, -1)))).toBe(false)
  })

  test('parseCertificate() passes over unique identifiers, which nobody uses', () => {
    const ids = concatBytes(
      encodeTagged(primitiveTag(1), Uint8Array.of(0, 1)),
      encodeTagged(primitiveTag(2), Uint8Array.of(0, 2)),
    )
    expect(parseCertificate(certificateAround(ids)).version).toBe(3)
  })

  test.each<[string, CertificateOptions, RegExp]>([
    ['version 4', { version: 4 as 3 }, /: its version is 4, wanted 1 to 3 \(/],
    [
      'signature algorithms that differ',
      { outerAlgorithm: encodePssIdentifier('SHA-256', 32) },
      /: its inner and outer signature algorithms differ \(/,
    ],
  ])('parseCertificate() refuses %s', (_, options, message) => {
    expect(refusalOfLeaf(options)).toMatch(message)
  })

  test('parseCertificate() refuses a negative serial number', () => {
    const der = certificateAround(new Uint8Array(), { serialNumber: Uint8Array.of(2, 1, 0x80) })
    expect(refusalOf(der)).toMatch(/: an INTEGER is negative \(/)
  })

  test('parseCertificate() refuses bytes behind the certificate', () => {
    const { der } = issueLeaf()
    expect(refusalOf(concatBytes(der, Uint8Array.of(0)))).toBe(
      `Cannot read certificate: bytes follow where it should end (byte ${der.length})`,
    )
  })

  test('parseCertificate() refuses a certificate above the size limit unread', () => {
    expect(refusalOf(new Uint8Array(64 * 1024 + 1))).toBe(
      'Cannot read certificate: it takes 65537 bytes, wanted at most 65536',
    )
  })

  test('parseCertificate() reads or refuses a certificate with any one byte changed', () => {
    const { der } = issueCa({
      key: 'P-256',
      ocspUrls: ['http://o.example'],
      crlUrls: ['http://c.example'],
    })
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), (index, byte) => {
        const changed = concatBytes(der)
        changed[index] = byte
        try {
          parseCertificate(changed)
        } catch (error) {
          expect(isNotationError(error, 'certificate-malformed')).toBe(true)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('parseCertificate() refuses every truncation', () => {
    const [der] = buildChain({ length: 2 }).certificates
    for (let length = 0; length < (der?.length ?? 0); length++)
      expect(() => parseCertificate((der ?? new Uint8Array()).subarray(0, length))).toThrow(
        /^Cannot read certificate: /,
      )
  })
})

/** A certificate of version 3 that nobody signed, around whatever stands behind its key. */
function certificateAround(
  behindKey: Uint8Array,
  parts: { readonly spki?: Uint8Array; readonly serialNumber?: Uint8Array } = {},
): Uint8Array {
  const algorithm = encodeSequence(encodeObjectIdentifier('1.2.840.10045.4.3.2'))
  const time = encodeTagged(DER_TAG.utcTime, Buffer.from('300102030405Z'))
  const tbs = encodeSequence(
    encodeTagged(constructedTag(0), encodeUnsignedInteger(2)),
    parts.serialNumber ?? encodeUnsignedInteger(1),
    algorithm,
    encodeSequence(),
    encodeSequence(time, time),
    encodeSequence(),
    parts.spki ?? keyOf('1.2.3.4', [], Uint8Array.of(1)),
    behindKey,
  )
  return encodeSequence(tbs, algorithm, encodeBitString(Uint8Array.of(1)))
}

function keyOf(oid: string, parameters: readonly Uint8Array[], key: Uint8Array): Uint8Array {
  return encodeSequence(
    encodeSequence(encodeObjectIdentifier(oid), ...parameters),
    encodeBitString(key),
  )
}
