// The client certificate with which a caller spoke TLS to whatever ends it: the platform itself, or a proxy that CONFIG
// names. That one verified it; here it only tells who is calling. A header from anybody else is not looked at.

import { decodeBase64 } from '../shared/base64.ts'
import { encodeUtf8, toHex } from '../shared/bytes.ts'
import type { Crypto } from '../shared/crypto.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import { parseCertificatesPemOrDer } from '../shared/x509/pem.ts'

/** What the runtime knows of who sent a request, beside the request. */
export interface Sender {
  /** IP address of the connection's other end; undefined where the runtime does not tell. */
  readonly peerAddress?: string | undefined
  /** Lower-case hexadecimal, of a certificate that the platform verified. */
  readonly certificateSha256?: string | undefined
}

/** CONFIG's setting `clientCertificates`. */
export interface CertificateProxies {
  /** As canonicalAddress writes them. */
  readonly addresses: readonly string[]
  /** Name of the header, which the proxy sets or removes on each request. */
  readonly header: string
}

/** RFC 9440 §2.1: a byte sequence of RFC 8941. */
const BYTE_SEQUENCE = /^:([A-Za-z0-9+/=]+):$/
const MAPPED_IPV4 = /^::ffff:(?=[0-9.]+$)/i

/**
 * The SHA-256 of the caller's certificate, lower-case hexadecimal.
 *
 * @returns undefined where the caller has none, or nobody vouches for it
 * @throws {NotationError} `caller-unauthenticated` for a header of a proxy that holds no certificate
 */
export async function findCertificateDigest(
  headers: Headers,
  { peerAddress, certificateSha256 }: Sender,
  proxies: CertificateProxies | undefined,
  crypto: Crypto,
): Promise<string | undefined> {
  if (certificateSha256 !== undefined) return certificateSha256
  if (proxies === undefined || peerAddress === undefined) return undefined
  if (!proxies.addresses.includes(canonicalAddress(peerAddress))) return undefined
  const text = headers.get(proxies.header) ?? ''
  if (text === '') return undefined
  return toHex(await crypto.digest('SHA-256', readCertificate(text, proxies.header)))
}

/** An IP address in the one form in which it is compared. */
export function canonicalAddress(text: string): string {
  const address = text.replace(MAPPED_IPV4, '')
  const url = address.includes(':') ? URL.parse(`http://[${address}]`) : null
  return url === null ? address : url.hostname.slice(1, -1)
}

/** DER, from the bytes of RFC 9440 or from percent-encoded PEM, as nginx and others write it. */
function readCertificate(text: string, header: string): Uint8Array {
  const base64 = BYTE_SEQUENCE.exec(text)?.[1]
  try {
    const pem = base64 === undefined ? encodeUtf8(decodeURIComponent(text)) : undefined
    const found = pem === undefined ? [decodeBase64(base64 ?? '')] : parseCertificatesPemOrDer(pem)
    const [der] = found
    if (der !== undefined && found.length === 1) return der
  } catch (cause) {
    if (!isNotationError(cause) && !(cause instanceof URIError)) throw cause
  }
  throw new NotationError(
    'caller-unauthenticated',
    `Cannot tell who is calling: the header "${header}" of the proxy does not hold one certificate`,
  )
}
