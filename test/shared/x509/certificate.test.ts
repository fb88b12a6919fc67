import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, toHex } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG, DerReader, primitiveTag } from '../../../shared/der.ts'
import {
  encodeBitString,
  encodeBoolean,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
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
import { encodeExtension } from '../../support/certificate-encoding.ts'
import {
  buildChain,
  type CertificateOptions,
  flipBit,
  issueCa,
  issueLeaf,
} from '../../support/certificates.ts'
import { encodePssIdentifier } from '../../support/keys.ts'

const POLICY = encodeSequence(encodeObjectIdentifier('1.2.3'))

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

  test('parseCertificate() reads every extension that the rules look at', () => {
    const certificate = leaf({
      basicConstraints: { ca: true, pathLength: 3, critical: false },
      keyUsage: ['digitalSignature', 'decipherOnly'],
      keyUsageCritical: false,
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.3', '1.2.3'],
      extendedKeyUsageCritical: true,
      ocspUrls: ['http://ocsp.example/a', 'http://ocsp.example/b'],
      crlUrls: ['http://crl.example/a', 'http://crl.example/b'],
      extraExtensions: [
        encodeExtension('1.2.3.4', encodeNull(), true),
        encodeExtension(
          '2.5.29.35',
          encodeSequence(
            encodeTagged(primitiveTag(0), Uint8Array.of(1, 2)),
            encodeTagged(constructedTag(1)),
            encodeTagged(primitiveTag(2), Uint8Array.of(1)),
          ),
        ),
      ],
    })
    expect(certificate.version).toBe(3)
    expect(certificate.basicConstraints).toEqual({ critical: false, ca: true, pathLength: 3 })
    expect(certificate.keyUsage).toEqual({
      critical: false,
      usages: ['digitalSignature', 'decipherOnly'],
    })
    expect(certificate.extendedKeyUsage).toEqual({
      critical: true,
      purposes: ['1.3.6.1.5.5.7.3.3', '1.2.3'],
    })
    expect(certificate.ocspUrls).toEqual(['http://ocsp.example/a', 'http://ocsp.example/b'])
    expect(certificate.crlUrls).toEqual(['http://crl.example/a', 'http://crl.example/b'])
    expect(certificate.authorityKeyId).toEqual(Uint8Array.of(1, 2))
    expect(certificate.extensions.at(-2)).toEqual({
      oid: '1.2.3.4',
      critical: true,
      value: encodeNull(),
    })
    expect(certificate.extensions.find(({ oid }) => oid === '2.5.29.15')?.value[0]).toBe(3)
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
    ['rsa-2047', { kind: 'RSA', modulusBits: 2047 }],
    ['rsa-1024', { kind: 'RSA', modulusBits: 1024 }],
    ['P-256', { kind: 'EC', curve: 'P-256', oid: '1.2.840.10045.3.1.7' }],
    ['P-521', { kind: 'EC', curve: 'P-521', oid: '1.3.132.0.35' }],
    ['secp256k1', { kind: 'EC', curve: undefined, oid: '1.3.132.0.10' }],
    ['Ed25519', { kind: 'Ed25519' }],
  ] as const)('parseCertificate() tells what a %s key is', (key, publicKey) => {
    expect(leaf({ key }).publicKey).toEqual(publicKey)
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

  test('namesRevocationServer() is true for each kind of server', () => {
    const issuerOnly = encodeSequence(encodeSequence(encodeTagged(constructedTag(2))))
    expect(namesRevocationServer(leaf())).toBe(false)
    expect(namesRevocationServer(leaf({ ocspUrls: ['http://o.example'] }))).toBe(true)
    expect(namesRevocationServer(leaf({ crlUrls: ['http://c.example'] }))).toBe(true)
    const withoutUrl = leaf({ extraExtensions: [encodeExtension('2.5.29.31', issuerOnly)] })
    expect(withoutUrl.crlUrls).toEqual([])
    expect(namesRevocationServer(withoutUrl)).toBe(true)
  })

  test('isSameCertificate() compares all bytes', () => {
    const { der, certificate } = issueLeaf()
    expect(isSameCertificate(certificate, parseCertificate(concatBytes(der)))).toBe(true)
    expect(isSameCertificate(certificate, parseCertificate(flipBit(der, -1)))).toBe(false)
  })

  test.each<[string, CertificateOptions, RegExp]>([
    ['version 4', { version: 4 as 3 }, /: its version is 4, wanted 1 to 3 \(/],
    [
      'signature algorithms that differ',
      { outerAlgorithm: encodePssIdentifier('SHA-256', 32) },
      /: its inner and outer signature algorithms differ \(/,
    ],
    [
      'an extension that stands twice',
      {
        extraExtensions: [
          encodeExtension('1.2.3', encodeNull()),
          encodeExtension('1.2.3', encodeNull()),
        ],
      },
      /: an extension stands twice \(/,
    ],
    [
      'a critical authority key identifier',
      { extraExtensions: [encodeExtension('2.5.29.35', encodeSequence(), true)] },
      /: the authority key identifier is marked critical \(/,
    ],
    [
      'a critical authority information access',
      { extraExtensions: [encodeExtension('1.3.6.1.5.5.7.1.1', encodeSequence(), true)] },
      /: the authority information access is marked critical \(/,
    ],
    [
      'bytes behind the value of an extension',
      {
        extraExtensions: [
          encodeExtension('2.5.29.19', concatBytes(encodeSequence(), encodeNull())),
        ],
      },
      /: bytes follow where it should end \(/,
    ],
    [
      'a field behind the path length',
      {
        extraExtensions: [
          encodeExtension(
            '2.5.29.19',
            encodeSequence(encodeBoolean(true), encodeUnsignedInteger(0), encodeNull()),
          ),
        ],
      },
      /: bytes follow where it should end \(/,
    ],
    [
      'a negative path length',
      {
        extraExtensions: [
          encodeExtension(
            '2.5.29.19',
            encodeSequence(encodeBoolean(true), Uint8Array.of(2, 1, 0xff)),
          ),
        ],
      },
      /: an INTEGER is negative \(/,
    ],
    [
      'an OCSP URL that is not ASCII',
      { ocspUrls: ['http://größe.example'] },
      /: a URL is not ASCII \(/,
    ],
    [
      'a distribution point named relative to its issuer',
      {
        extraExtensions: [
          encodeExtension(
            '2.5.29.31',
            encodeSequence(
              encodeSequence(encodeTagged(constructedTag(0), encodeTagged(constructedTag(1)))),
            ),
          ),
        ],
      },
      /: found tag 0xa1, wanted 0xa0 \(/,
    ],
  ])('parseCertificate() refuses %s', (_, options, message) => {
    expect(refusalOfLeaf(options)).toMatch(message)
  })

  test.each<[string, string, Uint8Array, RegExp]>([
    [
      'an alternative name that is not ASCII',
      '2.5.29.17',
      encodeSequence(encodeTagged(primitiveTag(2), Uint8Array.of(0xe9))),
      /: an alternative name is not ASCII \(/,
    ],
    [
      'an IP address of five bytes',
      '2.5.29.17',
      encodeSequence(encodeTagged(primitiveTag(7), new Uint8Array(5))),
      /: an alternative name holds an IP address of another length \(/,
    ],
    [
      'empty name constraints',
      '2.5.29.30',
      encodeSequence(),
      /: its name constraints are empty \(/,
    ],
    [
      'name constraints without subtrees',
      '2.5.29.30',
      encodeSequence(encodeTagged(constructedTag(0))),
      /: its name constraints are empty \(/,
    ],
    ['a policy twice', '2.5.29.32', encodeSequence(POLICY, POLICY), /: a policy stands twice \(/],
    [
      'a policy mapping of one policy',
      '2.5.29.33',
      encodeSequence(POLICY),
      /: it ends where another value should stand \(/,
    ],
    [
      'policy constraints of another kind',
      '2.5.29.36',
      encodeSequence(encodeNull()),
      /: bytes follow where it should end \(/,
    ],
    [
      'a negative number of certificates for any policy',
      '2.5.29.54',
      Uint8Array.of(2, 1, 0x80),
      /: an INTEGER is negative \(/,
    ],
  ])('parseCertificate() refuses %s, as Go does', (_, oid, value, message) => {
    expect(refusalOfLeaf({ extraExtensions: [encodeExtension(oid, value)] })).toMatch(message)
  })

  test('parseCertificate() passes extensions that nothing here uses', () => {
    const names = encodeSequence(
      encodeTagged(primitiveTag(2), Buffer.from('a.example')),
      encodeTagged(primitiveTag(7), new Uint8Array(4)),
      encodeTagged(constructedTag(4), encodeSequence()),
    )
    const subtree = encodeSequence(encodeTagged(primitiveTag(2), Buffer.from('example')))
    const mapping = encodeSequence(encodeObjectIdentifier('1.2.3'), encodeObjectIdentifier('1.2.4'))
    const { extensions } = leaf({
      extraExtensions: [
        encodeExtension('2.5.29.17', names),
        encodeExtension(
          '2.5.29.30',
          encodeSequence(encodeTagged(constructedTag(1), subtree)),
          true,
        ),
        encodeExtension(
          '2.5.29.32',
          encodeSequence(POLICY, encodeSequence(encodeObjectIdentifier('1.2.4'), encodeSequence())),
        ),
        encodeExtension('2.5.29.33', encodeSequence(mapping)),
        encodeExtension(
          '2.5.29.36',
          encodeSequence(encodeTagged(primitiveTag(1), Uint8Array.of(0))),
        ),
        encodeExtension('2.5.29.54', encodeUnsignedInteger(0)),
      ],
    })
    expect(extensions.slice(-6).map(({ oid }) => oid.slice(7))).toEqual([
      '17',
      '30',
      '32',
      '33',
      '36',
      '54',
    ])
  })

  test('parseCertificate() refuses a critical subject key identifier', () => {
    const marked = encodeExtension('2.5.29.14', encodeOctetString(Uint8Array.of(1)), true)
    const der = certificateAround(encodeTagged(constructedTag(3), encodeSequence(marked)))
    expect(refusalOf(der)).toMatch(/: the subject key identifier is marked critical \(/)
  })

  test.each<[string, Uint8Array, RegExp]>([
    [
      'an RSA key without NULL',
      keyOf('1.2.840.113549.1.1.1', [], rsaKey(5, 3)),
      /: it ends where another value should stand \(/,
    ],
    [
      'an RSA modulus of zero',
      keyOf('1.2.840.113549.1.1.1', [encodeNull()], rsaKey(0, 3)),
      /: an RSA key holds a zero \(/,
    ],
    [
      'an RSA exponent of zero',
      keyOf('1.2.840.113549.1.1.1', [encodeNull()], rsaKey(5, 0)),
      /: an RSA key holds a zero \(/,
    ],
    [
      'a compressed point',
      ecKey(Uint8Array.of(2, ...new Uint8Array(32))),
      /: an EC key is not an uncompressed point of P-256 \(/,
    ],
    [
      'a point that is too short',
      ecKey(Uint8Array.of(4, ...new Uint8Array(63))),
      /: an EC key is not an uncompressed point of P-256 \(/,
    ],
    [
      'explicit curve parameters',
      keyOf('1.2.840.10045.2.1', [encodeSequence()], new Uint8Array(65)),
      /: found tag 0x30, wanted 0x06 \(/,
    ],
    [
      'an Ed25519 key with parameters',
      keyOf('1.3.101.112', [encodeNull()], new Uint8Array(32)),
      /: bytes follow where it should end \(/,
    ],
    [
      'an Ed25519 key of 31 bytes',
      keyOf('1.3.101.112', [], new Uint8Array(31)),
      /: an Ed25519 key does not have 32 bytes \(/,
    ],
  ])('parseCertificate() refuses %s', (_, spki, message) => {
    expect(refusalOf(certificateAround(new Uint8Array(), { spki }))).toMatch(message)
  })

  test('parseCertificate() keeps a key of an unknown kind by its object identifier', () => {
    const spki = keyOf('1.2.3.4', [encodeNull()], Uint8Array.of(1))
    expect(parseCertificate(certificateAround(new Uint8Array(), { spki })).publicKey).toEqual({
      kind: 'unknown',
      oid: '1.2.3.4',
    })
  })

  test('parseCertificate() passes over unique identifiers, which nobody uses', () => {
    const ids = concatBytes(
      encodeTagged(primitiveTag(1), Uint8Array.of(0, 1)),
      encodeTagged(primitiveTag(2), Uint8Array.of(0, 2)),
    )
    expect(parseCertificate(certificateAround(ids)).version).toBe(3)
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

function rsaKey(modulus: number, exponent: number): Uint8Array {
  return encodeSequence(encodeUnsignedInteger(modulus), encodeUnsignedInteger(exponent))
}

function ecKey(point: Uint8Array): Uint8Array {
  return keyOf('1.2.840.10045.2.1', [encodeObjectIdentifier('1.2.840.10045.3.1.7')], point)
}
