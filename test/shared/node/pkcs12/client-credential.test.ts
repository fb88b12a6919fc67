// Opening client certificate files: those that must open, and every way in which one can be the wrong file.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NotationError } from '../../../../shared/errors.ts'
import { openClientCredential } from '../../../../shared/node/pkcs12/client-credential.ts'
import { openPkcs12 } from '../../../../shared/node/pkcs12/pfx.ts'
import { issueCertificate } from '../../../support/certificates.ts'
import { assemblePkcs12, type FileName, opensslFile, PASSWORD, toIndefiniteForm } from './files.ts'

const NOW = new Date('2030-01-02T03:04:05Z')
const [KEY = new Uint8Array()] = openPkcs12(opensslFile('inClear'), PASSWORD).privateKeys
const [CERTIFICATE = new Uint8Array()] = openPkcs12(opensslFile('inClear'), PASSWORD).certificates

function messageOf(file: Uint8Array, password = PASSWORD, now = NOW): string {
  try {
    openClientCredential(file, password, now)
  } catch (error) {
    expect(error).toBeInstanceOf(NotationError)
    expect((error as NotationError).code).toBe('credential-invalid')
    return (error as NotationError).message
  }
  throw new Error('it opened')
}

describe('openClientCredential()', () => {
  const readable: readonly FileName[] = [
    'aes256',
    'aes128and192',
    'sha1TripleDes',
    'pbes2TripleDes',
    'certificateInClear',
    'inClear',
  ]
  it.each(readable)('opens %s', (name) => {
    const { key, cert, notAfter } = openClientCredential(opensslFile(name), PASSWORD, NOW)
    const certificate = new X509Certificate(cert)
    expect(certificate.subject).toBe('O=Test\nCN=client')
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(notAfter).toEqual(new Date(certificate.validTo))
  })

  it.each([1, 7, 1000])(
    'opens a file in indefinite lengths, in pieces of %i bytes',
    (pieceBytes) => {
      const file = toIndefiniteForm(opensslFile('aes256'), pieceBytes)
      expect(openClientCredential(file, PASSWORD, NOW)).toEqual(
        openClientCredential(opensslFile('aes256'), PASSWORD, NOW),
      )
    },
  )

  it('gives the certificate that belongs to the key, and of the others only its issuers', () => {
    const root = issueCertificate({ subject: [['CN', 'root']], basicConstraints: { ca: true } })
    const middle = issueCertificate(
      { subject: [['CN', 'middle']], basicConstraints: { ca: true } },
      root,
    )
    const leaf = issueCertificate({ subject: [['CN', 'leaf']] }, middle)
    const other = issueCertificate({ subject: [['CN', 'other']] }, root)
    const key = new Uint8Array(leaf.key.export({ type: 'pkcs8', format: 'der' }))
    const file = assemblePkcs12([key], [root.der, other.der, middle.der, leaf.der])
    const { cert } = openClientCredential(file, '', NOW)
    const subjects = cert
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem).subject)
    expect(subjects).toEqual(['CN=leaf', 'CN=middle'])
  })

  it('leaves CA certificates out, which would make TLS trust servers', () => {
    const { cert } = openClientCredential(opensslFile('aes256WithCa'), PASSWORD, NOW)
    expect(cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(1)
  })

  it.each([
    ['another password', 'wrong'],
    ['no password', ''],
    ['a password in other letters', 'Correct horse'],
  ])('tells that the password is wrong: %s', (_, password) => {
    for (const name of ['aes256', 'sha1TripleDes', 'pbes2TripleDes', 'certificateInClear'] as const)
      expect(messageOf(opensslFile(name), password)).toBe(
        'Cannot open PKCS#12: SM_CLIENT_CERT_PASSWORD is not its password, or the file is damaged',
      )
  })

  it('points at white space around a password that is wrong', () => {
    expect(messageOf(opensslFile('aes256'), `${PASSWORD}\n`)).toMatch(
      /; the password begins or ends with white space, which belongs to it here$/,
    )
  })

  const outdated: readonly (readonly [FileName, string])[] = [
    ['rc2', 'RC2-40'],
    ['rc4', 'RC4-128'],
    ['camellia', 'the cipher 1.2.392.200011.61.1.1.1.4'],
  ]
  it.each(outdated)('tells how to convert a file with %s', (name, cipher) => {
    expect(messageOf(opensslFile(name))).toMatch(
      new RegExp(
        `^Cannot open PKCS#12: it is encrypted with ${cipher.replaceAll('.', '\\.')}, which is not supported; create it again .* "openssl pkcs12 -legacy -in old\\.p12`,
      ),
    )
  })

  const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(CERTIFICATE).toString('base64')}\n`
  const base64 = Buffer.from(opensslFile('aes256')).toString('base64')
  const others: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['an empty file', new Uint8Array(), /it is empty$/],
    ['PEM', Buffer.from(pem), /it is PEM; join key and certificate with "openssl pkcs12 -export/],
    ['base64', Buffer.from(base64), /it is base64 text; decode it first, as with "base64 -d"$/],
    ['base64 in lines', Buffer.from(base64.replace(/.{76}/g, '$&\n')), /it is base64 text/],
    ['a Java keystore', Buffer.from('feedfeed00000002', 'hex'), /it is a Java keystore; export it/],
    ['a text', Buffer.from('<html>'), /it is something else$/],
    [
      'a certificate',
      opensslFile('certificate'),
      /it is DER of another kind, such as a certificate/,
    ],
    ['a file without a key', opensslFile('noKey'), /it holds no private key; export/],
    [
      'a file without a certificate',
      opensslFile('noCertificate'),
      /it holds a private key but no certificate$/,
    ],
    [
      'a key that is none',
      assemblePkcs12([Buffer.from('3000', 'hex')], [CERTIFICATE]),
      /is malformed$/,
    ],
    ['a certificate that is none', assemblePkcs12([KEY], [new Uint8Array(9)]), /is malformed$/],
    [
      "another key's certificate",
      assemblePkcs12([KEY], [issueCertificate({}).der]),
      /none of its certificates belongs to its private key$/,
    ],
  ]
  it.each(others)('tells %s from a client certificate', (_, file, message) => {
    expect(messageOf(file)).toMatch(message)
  })

  it.each([1, 50, 300, 700])('tells a file that ends after %i bytes', (length) => {
    expect(messageOf(opensslFile('aes256').subarray(0, length))).toBe(
      'Cannot read PKCS#12: it is cut off; copy the whole file again',
    )
  })

  it('tells an expired certificate, and one that is not valid yet', () => {
    const { key } = issueCertificate({})
    const { der } = issueCertificate({
      key,
      notBefore: new Date('2029-01-01T00:00:00Z'),
      notAfter: new Date('2029-12-31T00:00:00Z'),
    })
    const pkcs8 = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }))
    const file = assemblePkcs12([pkcs8], [der])
    expect(messageOf(file, '', NOW)).toBe(
      'Cannot use the PKCS#12 file: its certificate expired on Dec 31 00:00:00 2029 GMT; create a new client certificate in DigiCert ONE',
    )
    expect(messageOf(file, '', new Date('2028-01-01T00:00:00Z'))).toMatch(
      /is not valid before Jan {2}1 00:00:00 2029 GMT; check this machine's clock$/,
    )
  })

  it('opens or refuses, whatever byte of a file is changed', () => {
    const file = opensslFile('aes256')
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = file.slice()
        changed[index] = (changed[index] ?? 0) ^ change
        try {
          openClientCredential(changed, PASSWORD, NOW)
        } catch (error) {
          expect(error).toBeInstanceOf(NotationError)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('opens or refuses any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => openClientCredential(Uint8Array.from([0x30, ...bytes]), '', NOW)).toThrow(
          NotationError,
        )
      }),
    )
  })
})
