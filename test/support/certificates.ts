// Certificates and chains for tests, each with whatever deviation the test names. Written with
// der-encode.ts and signed by node:crypto; EC keys are made when asked for, RSA keys are committed.

import type { KeyObject } from 'node:crypto'
import { concatBytes } from '../../shared/bytes.ts'
import { encodeBitString, encodeSequence } from '../../shared/der-encode.ts'
import { type Certificate, parseCertificate } from '../../shared/x509/certificate.ts'
import { PURPOSE } from '../../shared/x509/extensions.ts'
import { type CertificateOptions, encodeName, encodeTbs } from './certificate-encoding.ts'

export type { CertificateOptions }

import { makeKey, signatureOf } from './keys.ts'

/** The moment that tests take for now: certificates are valid around it unless told otherwise. */
export const AT = new Date('2030-01-02T03:04:05Z')

/** A certificate with its private key. */
export interface IssuedCertificate {
  readonly der: Uint8Array
  readonly certificate: Certificate
  readonly key: KeyObject
}

/** A chain with the keys of all its certificates. */
export interface BuiltChain {
  /** DER, leaf first, root last. */
  readonly certificates: readonly Uint8Array[]
  /** The same, read. */
  readonly chain: readonly Certificate[]
  readonly leafKey: KeyObject
  readonly issued: readonly IssuedCertificate[]
}

/** What a chain is to be. */
export interface ChainOptions {
  /** Certificates in all, 1 to many; a chain of one is a self-signed leaf. */
  readonly length?: number
  readonly purpose?: 'codeSigning' | 'timestamping'
  readonly leaf?: CertificateOptions
  /** For every certificate between leaf and root. */
  readonly intermediate?: CertificateOptions
  readonly root?: CertificateOptions
}

const DAY_MS = 24 * 60 * 60 * 1000

let lastSerialNumber = 1000

/** A chain that meets all rules but for what the options change. */
export function buildChain(options: ChainOptions = {}): BuiltChain {
  const { length = 3, purpose = 'codeSigning' } = options
  const leaf = { ...leafOptions(purpose), ...options.leaf }
  const issued: IssuedCertificate[] = []
  for (let place = length - 1; place > 0; place--) {
    const isRoot = place === length - 1
    const certificate = issueCertificate(
      {
        ...caOptions(
          isRoot ? 'Test Root CA' : `Test Issuing CA ${place}`,
          isRoot ? undefined : place - 1,
        ),
        ...(isRoot ? options.root : options.intermediate),
      },
      issued[0],
    )
    issued.unshift(certificate)
  }
  issued.unshift(issueCertificate(leaf, issued[0]))
  const chain = issued.map(({ certificate }) => certificate)
  const leafKey = (issued[0] as IssuedCertificate).key
  return { certificates: chain.map(({ raw }) => raw), chain, leafKey, issued }
}

/** A root or intermediate CA, self-signed without an issuer. */
export function issueCa(
  options: CertificateOptions = {},
  issuer?: IssuedCertificate,
): IssuedCertificate {
  return issueCertificate({ ...caOptions('Test Root CA', undefined), ...options }, issuer)
}

/** A code signing leaf, self-signed without an issuer. */
export function issueLeaf(
  options: CertificateOptions = {},
  issuer?: IssuedCertificate,
): IssuedCertificate {
  return issueCertificate({ ...leafOptions('codeSigning'), ...options }, issuer)
}

/** Any certificate, self-signed without an issuer. */
export function issueCertificate(
  options: CertificateOptions,
  issuer?: IssuedCertificate,
): IssuedCertificate {
  const key = typeof options.key === 'object' ? options.key : makeKey(options.key ?? 'P-256')
  const signingKey = issuer?.key ?? key
  const subject = encodeName(options.subject ?? [['CN', 'Test']])
  const issuerName =
    options.issuerName === undefined
      ? (issuer?.certificate.subject.raw ?? subject)
      : encodeName(options.issuerName)
  const algorithm = signatureOf(signingKey, options.signature)
  const tbs = encodeTbs(options, {
    key,
    subject,
    issuerName,
    algorithm: algorithm.identifier,
    notBefore: new Date(AT.getTime() - 100 * DAY_MS),
    notAfter: new Date(AT.getTime() + 100 * DAY_MS),
    serialNumber: ++lastSerialNumber,
  })
  const der = encodeSequence(
    tbs,
    options.outerAlgorithm ?? algorithm.identifier,
    encodeBitString(algorithm.sign(tbs)),
  )
  return { der, certificate: parseCertificate(der), key }
}

function leafOptions(purpose: 'codeSigning' | 'timestamping'): CertificateOptions {
  const isTsa = purpose === 'timestamping'
  return {
    subject: [
      ['C', 'US'],
      ['ST', 'UT'],
      ['L', 'Lehi'],
      ['O', 'Acme, Inc.'],
      ['CN', isTsa ? 'Test Timestamp Signer' : 'Acme Code Signing'],
    ],
    keyUsage: ['digitalSignature'],
    extendedKeyUsage: [isTsa ? PURPOSE.timeStamping : PURPOSE.codeSigning],
    extendedKeyUsageCritical: isTsa,
  }
}

function caOptions(commonName: string, pathLength: number | undefined): CertificateOptions {
  return {
    subject: [
      ['C', 'US'],
      ['O', 'Test CA'],
      ['CN', commonName],
    ],
    basicConstraints: { ca: true, ...(pathLength === undefined ? {} : { pathLength }) },
    keyUsage: ['keyCertSign', 'cRLSign'],
    notBefore: new Date(AT.getTime() - 1000 * DAY_MS),
    notAfter: new Date(AT.getTime() + 1000 * DAY_MS),
  }
}

/** The bytes with one bit of one of them turned; a negative index counts from the end. */
export function flipBit(bytes: Uint8Array, index: number): Uint8Array {
  const copy = concatBytes(bytes)
  const at = index < 0 ? copy.length + index : index
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}
