// The emulator's certificate authorities, new for each run or state folder: the API's TLS root, the CA
// of client certificates, the CA of signing certificates with its cross-signed twin, and the TSA's.
// They are separate, so that trusting one never means trusting another.

import type { KeyObject } from 'node:crypto'
import {
  authorityConstraints,
  type ExtendedKeyUsage,
  extendedKeyUsage,
  type Issuer,
  issueCertificate,
  keyUsage,
} from './certificate.ts'
import { generateEcKey, publicKeyInfo } from './key-material.ts'
import {
  REVOCATION_ISSUER_NAMES,
  REVOCATION_ISSUERS,
  type RevocationIssuer,
  type RevocationService,
  respondersOf,
} from './responders.ts'
import type { Extension, NameAttributes } from './x509-parts.ts'

/** A certificate with its private key. */
export interface Identity extends Issuer {
  /** DER. */
  readonly certificate: Uint8Array
}

/** All authorities of one emulator. */
export interface Hierarchy {
  readonly tlsRoot: Identity
  readonly clientRoot: Identity
  readonly signingRoot: Identity
  readonly signingIntermediate: Identity
  /** signingRoot's name and key, issued by crossRoot, DER. */
  readonly signingCross: Uint8Array
  readonly crossRoot: Identity
  readonly tsaRoot: Identity
  /** tsaRoot's name and key, issued by crossRoot, DER. */
  readonly tsaCross: Uint8Array
  readonly tsaIntermediate: Identity
  readonly tsa: Identity
}

/** From when to when the authorities are valid. */
export interface Validity {
  readonly notBefore: Date
  readonly notAfter: Date
}

const DAY_MS = 24 * 60 * 60 * 1000
/** Certificates start in the past: clocks of clients lag, and a test may look at yesterday. */
const BACKDATED_DAYS = 365
const AUTHORITY_DAYS = 3650

/**
 * Validity of the certificates of TLS connections: clients check them by their own clock, whatever clock
 * the emulator was given.
 */
export const TLS_VALIDITY: Validity = {
  notBefore: new Date('2020-01-01T00:00:00Z'),
  notAfter: new Date('2049-12-31T23:59:59Z'),
}

/** Validity of authorities and of what they issue when nothing else is said. */
export function authorityValidity(now: Date): Validity {
  return { notBefore: daysFrom(now, -BACKDATED_DAYS), notAfter: daysFrom(now, AUTHORITY_DAYS) }
}

/** The instant so many days after another. */
export function daysFrom(instant: Date, days: number): Date {
  return new Date(instant.getTime() + days * DAY_MS)
}

/**
 * Makes all authorities.
 *
 * @param mark - part of each common name, so that the roots of two emulators can be told apart in a trust store
 * @param service - the responders that certificates name; they name none without it
 */
export function createHierarchy(
  mark: string,
  validity: Validity,
  service: RevocationService | undefined,
): Hierarchy {
  const named = (role: string) => authorityName(`${role} ${mark}`)
  const withOwn = (name: RevocationIssuer, issuer: Identity) =>
    withResponders(name, issuer, service)
  const signingRoot = withOwn('signing-root', createRoot(named('Signing Root'), validity))
  const crossRoot = withOwn('legacy-root', createRoot(named('Legacy Root'), validity))
  const tsaRoot = withOwn('tsa-root', createRoot(named('Timestamp Root'), validity))
  const signingIntermediate = withOwn(
    'signing-ca',
    createIntermediate(named('Signing CA'), 'codeSigning', signingRoot, validity),
  )
  const tsaIntermediate = withOwn(
    'tsa-ca',
    createIntermediate(named('Timestamp CA'), 'timeStamping', tsaRoot, validity),
  )
  return {
    tlsRoot: createRoot(named('API TLS Root'), TLS_VALIDITY),
    clientRoot: createRoot(named('Client Root'), TLS_VALIDITY),
    signingRoot,
    signingIntermediate,
    signingCross: issueAuthority(signingRoot, crossRoot, [authorityConstraints()], validity),
    crossRoot,
    tsaRoot,
    tsaCross: issueAuthority(tsaRoot, crossRoot, [authorityConstraints()], validity),
    tsaIntermediate,
    tsa: createTimestamper(named('Timestamp Responder'), tsaIntermediate, validity),
  }
}

/** The same authorities; what they issue from now on names the responders of this service. */
export function nameResponders(hierarchy: Hierarchy, service: RevocationService): Hierarchy {
  const issuers = REVOCATION_ISSUER_NAMES.map((name) => {
    const role = REVOCATION_ISSUERS[name]
    return [role, withResponders(name, hierarchy[role], service)]
  })
  return { ...hierarchy, ...Object.fromEntries(issuers) }
}

function withResponders(
  name: RevocationIssuer,
  issuer: Identity,
  service: RevocationService | undefined,
): Identity {
  if (service === undefined) return issuer
  return { ...issuer, responders: respondersOf(name, service) }
}

function authorityName(commonName: string): NameAttributes {
  return [
    ['C', 'US'],
    ['O', 'STM Emulator (tests only)'],
    ['CN', commonName],
  ]
}

function createRoot(subject: NameAttributes, validity: Validity): Identity {
  const issuer = { subject, key: generateEcKey('P256') }
  const certificate = issueAuthority(issuer, issuer, [authorityConstraints()], validity)
  return { ...issuer, certificate }
}

function createIntermediate(
  subject: NameAttributes,
  usage: ExtendedKeyUsage,
  issuer: Issuer,
  validity: Validity,
): Identity {
  const key = generateEcKey('P256')
  const extensions = [authorityConstraints(0), extendedKeyUsage(usage, { critical: false })]
  const certificate = issueAuthority({ subject, key }, issuer, extensions, validity)
  return { subject, key, certificate }
}

function issueAuthority(
  authority: { readonly subject: NameAttributes; readonly key: KeyObject },
  issuer: Issuer,
  extensions: readonly Extension[],
  validity: Validity,
): Uint8Array {
  const template = {
    subject: authority.subject,
    publicKey: publicKeyInfo(authority.key),
    extensions: [...extensions, keyUsage('keyCertSign', 'cRLSign')],
    ...validity,
  }
  return issueCertificate(template, issuer)
}

function createTimestamper(subject: NameAttributes, issuer: Issuer, validity: Validity): Identity {
  const key = generateEcKey('P256')
  const template = {
    subject,
    publicKey: publicKeyInfo(key),
    // Exactly timeStamping, critical (RFC 3161 §2.3).
    extensions: [
      keyUsage('digitalSignature'),
      extendedKeyUsage('timeStamping', { critical: true }),
    ],
    ...validity,
  }
  return { subject, key, certificate: issueCertificate(template, issuer) }
}
