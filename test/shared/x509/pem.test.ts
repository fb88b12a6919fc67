import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes, encodeUtf8 } from '../../../shared/bytes.ts'
import { encodeOctetString, encodeSequence } from '../../../shared/der-encode.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { encodePem, parseCertificatesPemOrDer } from '../../../shared/x509/pem.ts'
import { buildChain } from '../../support/certificates.ts'

const { certificates } = buildChain()
const pem = certificates.map((der) => encodePem('CERTIFICATE', der)).join('')
const [block = ''] = pem.split(/(?<=END CERTIFICATE-----\n)/)

function refusalOf(bytes: Uint8Array): string {
  try {
    parseCertificatesPemOrDer(bytes)
  } catch (error) {
    if (isNotationError(error, 'certificate-malformed')) return error.message
    throw error
  }
  throw new Error('Nothing was refused')
}

describe('pem', () => {
  test.each([
    ['blocks one after another', encodeUtf8(pem)],
    [
      'blocks with text around them',
      encodeUtf8(
        `Bag Attributes – Größe\n${pem.replaceAll('-----BEGIN', 'subject=x\n-----BEGIN')}\nend`,
      ),
    ],
    ['CRLF line ends', encodeUtf8(pem.replaceAll('\n', '\r\n'))],
    ['DER values one after another', concatBytes(...certificates)],
  ])('parseCertificatesPemOrDer() reads %s', (_, bytes) => {
    expect(parseCertificatesPemOrDer(bytes)).toEqual(certificates)
  })

  test('encodePem() writes 64 characters a line, as OpenSSL does', () => {
    const lines = encodePem('THING', new Uint8Array(49)).split('\n')
    expect(lines).toEqual([
      '-----BEGIN THING-----',
      'A'.repeat(64),
      'AA==',
      '-----END THING-----',
      '',
    ])
  })

  test('parseCertificatesPemOrDer() reads back what encodePem() wrote', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 4 }),
        (contents) => {
          const ders = contents.map((content) => encodeSequence(encodeOctetString(content)))
          const text = ders.map((der) => encodePem('CERTIFICATE', der)).join('')
          expect(parseCertificatesPemOrDer(encodeUtf8(text))).toEqual(ders)
        },
      ),
    )
  })

  test.each([
    [
      'an empty file',
      '',
      'found neither a PEM block CERTIFICATE nor DER, wanted at least one certificate',
    ],
    [
      'text alone',
      'hello',
      'found neither a PEM block CERTIFICATE nor DER, wanted at least one certificate',
    ],
    [
      'a private key among the blocks',
      `${block}${encodePem('PRIVATE KEY', Uint8Array.of(1))}`,
      'found a PEM block "PRIVATE KEY", wanted CERTIFICATE only',
    ],
    ['a block cut short', block.slice(0, -30), 'a PEM block has no matching end'],
    [
      'a block with another end',
      block.replace('END CERTIFICATE', 'END CERT'),
      'a PEM block has no matching end',
    ],
    [
      'a block within a block',
      `-----BEGIN CERTIFICATE-----\n${block}`,
      'a PEM block has no matching end',
    ],
    [
      'a block that is not base64',
      '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n',
      'a PEM block is not base64',
    ],
    [
      'headers in a block',
      block.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\n\n'),
      'a PEM block has no matching end',
    ],
  ])('parseCertificatesPemOrDer() refuses %s', (_, text, message) => {
    expect(refusalOf(encodeUtf8(text))).toBe(`Cannot read certificates: ${message}`)
  })

  test('parseCertificatesPemOrDer() refuses DER that is cut short', () => {
    const [der = new Uint8Array()] = certificates
    expect(refusalOf(der.subarray(0, -1))).toBe(
      'Cannot read certificates: a value is longer than what holds it (byte 0)',
    )
  })
})
