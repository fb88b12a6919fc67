// The client certificate and its key, taken out of a PKCS#12 file. Taken out, and not handed to TLS as the
// file it is: Node would trust every CA certificate in the file to vouch for servers.

import type { KeyObject, X509Certificate } from 'node:crypto'
import { NotationError } from '../../errors.ts'
import { encodePem } from '../../x509/pem.ts'
import { openPkcs12 } from './pfx.ts'

/** What TLS takes as `key` and `cert`. A secret. */
export interface ClientCredential {
  /** PEM, PKCS#8, not encrypted. */
  readonly key: string
  /** PEM: the certificate, then those above it that the file holds, without self-signed ones. */
  readonly cert: string
  readonly subject: string
  readonly notAfter: Date
}

/** A key with the certificate that was made for it. */
interface Pair {
  readonly key: Uint8Array
  readonly certificate: X509Certificate
}

/**
 * Opens a PKCS#12 file and checks that its certificate is valid now.
 *
 * @throws {NotationError} `credential-invalid` with what is wrong and the remedy
 */
export function openClientCredential(
  file: Uint8Array,
  password: string,
  now: Date,
): ClientCredential {
  const { privateKeys, certificates } = openPkcs12(file, password)
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  const parsed = certificates.map((der) => parsedBy(() => new X509Certificate(der)))
  const pair = findPair(privateKeys, parsed)
  requireValid(pair.certificate, now)
  const chain = [pair.certificate, ...issuersOf(pair.certificate, parsed)]
  return {
    key: encodePem('PRIVATE KEY', pair.key),
    cert: chain.map((certificate) => encodePem('CERTIFICATE', certificate.raw)).join(''),
    subject: pair.certificate.subject.replaceAll('\n', ', '),
    notAfter: new Date(pair.certificate.validTo),
  }
}

function findPair(
  privateKeys: readonly Uint8Array[],
  certificates: readonly X509Certificate[],
): Pair {
  if (privateKeys.length === 0)
    throw unfit('it holds no private key; export the client certificate together with its key')
  if (certificates.length === 0) throw unfit('it holds a private key but no certificate')
  const { createPrivateKey } = process.getBuiltinModule('node:crypto')
  for (const der of privateKeys) {
    const key: KeyObject = parsedBy(() =>
      createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }),
    )
    const certificate = certificates.find((candidate) => candidate.checkPrivateKey(key))
    if (certificate !== undefined) return { key: der, certificate }
  }
  throw unfit('none of its certificates belongs to its private key')
}

function requireValid(certificate: X509Certificate, now: Date): void {
  if (now > new Date(certificate.validTo))
    throw unfit(
      `its certificate expired on ${certificate.validTo}; create a new client certificate in DigiCert ONE`,
    )
  if (now < new Date(certificate.validFrom))
    throw unfit(
      `its certificate is not valid before ${certificate.validFrom}; check this machine's clock`,
    )
}

/** Those above a certificate, lowest first; each at most once. */
function issuersOf(
  certificate: X509Certificate,
  candidates: readonly X509Certificate[],
): readonly X509Certificate[] {
  const rest = candidates.filter(
    (candidate) => candidate !== certificate && !candidate.checkIssued(candidate),
  )
  const issuer = rest.find((candidate) => certificate.checkIssued(candidate))
  return issuer === undefined ? [] : [issuer, ...issuersOf(issuer, rest)]
}

function parsedBy<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw unfit('a key or certificate in it is malformed', cause)
  }
}

function unfit(found: string, cause?: unknown): NotationError {
  return new NotationError(
    'credential-invalid',
    `Cannot use the PKCS#12 file: ${found}`,
    cause === undefined ? {} : { cause },
  )
}
