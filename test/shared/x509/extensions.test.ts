import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../../shared/bytes.ts'
import { constructedTag, DER_TAG, primitiveTag } from '../../../shared/der.ts'
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
  namesRevocationServer,
  parseCertificate,
} from '../../../shared/x509/certificate.ts'
import { encodeExtension } from '../../support/certificate-encoding.ts'
import { type CertificateOptions, issueLeaf } from '../../support/certificates.ts'

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

describe('extensions', () => {
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

  test('namesRevocationServer() is true for each kind of server', () => {
    const issuerOnly = encodeSequence(encodeSequence(encodeTagged(constructedTag(2))))
    expect(namesRevocationServer(leaf())).toBe(false)
    expect(namesRevocationServer(leaf({ ocspUrls: ['http://o.example'] }))).toBe(true)
    expect(namesRevocationServer(leaf({ crlUrls: ['http://c.example'] }))).toBe(true)
    const withoutUrl = leaf({ extraExtensions: [encodeExtension('2.5.29.31', issuerOnly)] })
    expect(withoutUrl.crlUrls).toEqual([])
    expect(namesRevocationServer(withoutUrl)).toBe(true)
  })

  test.each<[string, CertificateOptions, RegExp]>([
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
