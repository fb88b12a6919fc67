// A TLS certificate for servers of tests.

import {
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
} from '../../shared/der-encode.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { issueCertificate } from './certificates.ts'

/** A self-signed certificate for 127.0.0.1, valid for the next hour. */
export function loopbackCertificate(): { readonly key: string; readonly certificate: string } {
  const now = Date.now()
  const address = encodeTagged(0x87, Uint8Array.of(127, 0, 0, 1))
  const names = encodeSequence(
    encodeObjectIdentifier('2.5.29.17'),
    encodeOctetString(encodeSequence(address)),
  )
  const { der, key } = issueCertificate({
    subject: [['CN', 'loopback']],
    basicConstraints: { ca: true },
    extraExtensions: [names],
    notBefore: new Date(now - 3_600_000),
    notAfter: new Date(now + 3_600_000),
  })
  const pem = key.export({ type: 'pkcs8', format: 'pem' })
  return { key: String(pem), certificate: encodePem('CERTIFICATE', der) }
}
