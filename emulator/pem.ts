// Certificates as PEM (RFC 7468 §5.1).

import { encodeBase64 } from '../shared/base64.ts'

const LINE_CHARACTERS = 64

/** One certificate, DER, as PEM. */
export function encodePem(certificate: Uint8Array): string {
  const text = encodeBase64(certificate)
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
