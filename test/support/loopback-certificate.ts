// A TLS certificate for servers of tests.

import {
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeTagged,
} from '../../shared/der-encode.ts'
import { encodePem } from '../../shared/x509/pem.ts'
import { issueCa, issueCertificate } from './certificates.ts'

/** A key and its certificate for 127.0.0.1, with that of the CA that issued it; PEM, valid for the next hour. */
export interface LoopbackCertificate {
  readonly key: string
  readonly certificate: string
  readonly ca: string
}

/** Issues a certificate. Its CA has another: not every runtime takes a CA's for a server's. */
export function loopbackCertificate(): LoopbackCertificate {
  const now = Date.now()
  const validity = { notBefore: new Date(now - 3_600_000), notAfter: new Date(now + 3_600_000) }
  const ca = issueCa({ subject: [['CN', 'loopback CA']], ...validity })
  const address = encodeTagged(0x87, Uint8Array.of(127, 0, 0, 1))
  const names = encodeSequence(
    encodeObjectIdentifier('2.5.29.17'),
    encodeOctetString(encodeSequence(address)),
  )
  const { der, key } = issueCertificate(
    { subject: [['CN', 'loopback']], extraExtensions: [names], ...validity },
    ca,
  )
  return {
    key: String(key.export({ type: 'pkcs8', format: 'pem' })),
    certificate: encodePem('CERTIFICATE', der),
    ca: encodePem('CERTIFICATE', ca.der),
  }
}
