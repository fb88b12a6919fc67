// What Cloudflare's edge tells of who sent a request (request.cf). A client certificate counts where the edge verified
// it against a CA of ours: a hostname with API Shield's mutual TLS.

import type { Sender } from '../client-certificate.ts'

/** Members of `request.cf.tlsClientAuth`, all texts. */
const VERIFIED = { certPresented: '1', certVerified: 'SUCCESS', certRevoked: '0' } as const
const SHA256_HEX = /^[0-9a-f]{64}$/

/** Reads `request.cf`; whatever is not as it should be is as if there were no certificate. */
export function senderOf(request: Request): Sender {
  const tls = memberOf(memberOf(request, 'cf'), 'tlsClientAuth')
  const isVerified = Object.entries(VERIFIED).every(
    ([name, value]) => memberOf(tls, name) === value,
  )
  const digest = String(memberOf(tls, 'certFingerprintSHA256') ?? '').toLowerCase()
  return isVerified && SHA256_HEX.test(digest) ? { certificateSha256: digest } : {}
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
