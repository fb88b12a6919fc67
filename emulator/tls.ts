// The API's TLS: a server certificate for the names that clients use, and the two ways of asking for a
// client certificate.

import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import { isIP, isIPv4 } from 'node:net'
import { extendedKeyUsage, issueCertificate, keyUsage, subjectAltName } from './certificate.ts'
import { type Hierarchy, TLS_VALIDITY } from './hierarchy.ts'
import { generateEcKey, publicKeyInfo } from './key-material.ts'
import { encodePem } from './pem.ts'
import { SetupError } from './setup-error.ts'

/** Names and addresses that every API certificate holds. */
const SERVER_NAMES = ['localhost', '127.0.0.1', '::1']

/** One HTTPS server that asks for a client certificate and serves without, and one that refuses. */
export interface ApiServers {
  readonly lenient: Server
  readonly strict: Server
}

/**
 * Makes the servers. Their certificate is new at each start, so that other names need no new root.
 *
 * @param names - more DNS names or IP addresses for the certificate
 */
export function createApiServers(
  hierarchy: Hierarchy,
  names: readonly string[],
  listener: RequestListener,
): ApiServers {
  const key = generateEcKey('P256')
  const certificate = issueServerCertificate(hierarchy, publicKeyInfo(key), names)
  const options = {
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: encodePem(certificate),
    // Named in the handshake: clients that hold several certificates choose by it.
    ca: encodePem(hierarchy.clientRoot.certificate),
    requestCert: true,
    minVersion: 'TLSv1.2',
  } as const
  return {
    lenient: createServer({ ...options, rejectUnauthorized: false }, listener),
    strict: createServer({ ...options, rejectUnauthorized: true }, listener),
  }
}

function issueServerCertificate(
  hierarchy: Hierarchy,
  publicKey: Uint8Array,
  names: readonly string[],
): Uint8Array {
  const all = [...new Set([...SERVER_NAMES, ...names])]
  return issueCertificate(
    {
      subject: [['CN', 'localhost']],
      publicKey,
      extensions: [
        keyUsage('digitalSignature'),
        extendedKeyUsage('serverAuth', { critical: false }),
        subjectAltName({
          dns: all.filter((name) => isIP(name) === 0).map(checkDnsName),
          ip: all.filter((name) => isIP(name) !== 0).map(encodeAddress),
        }),
      ],
      ...TLS_VALIDITY,
    },
    hierarchy.tlsRoot,
  )
}

function checkDnsName(name: string): string {
  if (/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(name) && name.length <= 253) return name
  throw new SetupError(
    `Cannot name ${JSON.stringify(name)} in the certificate: it is neither a DNS name nor an IP address; see --san`,
  )
}

/** 4 or 16 bytes; URL writes IPv6 addresses in one form, with at most one run of zeros left out. */
function encodeAddress(address: string): Uint8Array {
  if (isIPv4(address)) return Uint8Array.from(address.split('.'), Number)
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groups = (text: string) => text.split(':').filter((group) => group !== '')
  const [before, after] = [groups(head), groups(tail ?? '')]
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  const words = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff]))
}
