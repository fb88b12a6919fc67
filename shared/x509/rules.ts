// What the Notary Project asks of single certificates in a chain, as tables in the order in which
// the reference implementation asks, with its messages. How certificates follow each other is
// checked in requirements.ts.

import { isNotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import type { Certificate } from './certificate.ts'
import { KEY_USAGES, type KeyUsageName, PURPOSE } from './extensions.ts'
import { keySpecOfCertificate } from './key-spec.ts'
import { formatName } from './name.ts'

/** One requirement on a certificate. */
export interface CertificateRule {
  /** Section of the Notary Project's signature-specification.md, or of an RFC. */
  readonly section: string
  /** What is required, in a sentence. */
  readonly description: string
  /** @param caBelow - CA certificates between this one and the leaf; 0 for the leaf itself */
  holds(certificate: Certificate, caBelow: number): boolean
  /** The reference's message for a certificate that breaks the rule. */
  refusal(certificate: Certificate, caBelow: number): string
}

const LEAF_SECTION = 'signature-specification.md §Certificate Requirements, Leaf Certificates'
const CA_SECTION = 'signature-specification.md §Certificate Requirements, CA Certificates'

/** Key usages that a leaf must not have, with the reference's names for them. */
const FORBIDDEN_USAGES: ReadonlyMap<KeyUsageName, string> = new Map([
  ['keyEncipherment', 'KeyEncipherment'],
  ['dataEncipherment', 'DataEncipherment'],
  ['keyAgreement', 'KeyAgreement'],
  ['keyCertSign', 'CertSign'],
  ['cRLSign', 'CRLSign'],
  ['encipherOnly', 'EncipherOnly'],
  ['decipherOnly', 'DecipherOnly'],
])

/**
 * Extended key usages that a code signing leaf must not have, with the reference's names.
 *
 * The specification bans `any` and not OCSP signing, the reference the reverse: both are refused.
 */
const FORBIDDEN_PURPOSES: ReadonlyMap<string, string> = new Map([
  [PURPOSE.any, 'Any'],
  [PURPOSE.serverAuth, 'ServerAuth'],
  [PURPOSE.clientAuth, 'ClientAuth'],
  [PURPOSE.emailProtection, 'EmailProtection'],
  [PURPOSE.timeStamping, 'Timestamping'],
  [PURPOSE.ocspSigning, 'OCSPSigning'],
])

const leafIsNoCa: CertificateRule = {
  section: LEAF_SECTION,
  description: 'basic constraints are absent, or say that it is no CA',
  holds: ({ basicConstraints }) => basicConstraints?.ca !== true,
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: if the basic constraints extension is present, the ca field must be set to false`,
}

const keyUsageIsPresent: CertificateRule = {
  section: LEAF_SECTION,
  description: 'the key usage extension is present',
  holds: ({ keyUsage }) => keyUsage !== undefined,
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: key usage extension must be present`,
}

const keyUsageIsCritical: CertificateRule = {
  section: LEAF_SECTION,
  description: 'the key usage extension is marked critical',
  holds: ({ keyUsage }) => keyUsage?.critical === true,
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: key usage extension must be marked critical`,
}

const leafSigns: CertificateRule = {
  section: LEAF_SECTION,
  description: 'key usage has digitalSignature',
  holds: (certificate) => hasUsage(certificate, 'digitalSignature'),
  refusal: (certificate) =>
    `the certificate with subject ${subjectOf(certificate)} is invalid. The key usage must have the bit positions for "Digital Signature" set`,
}

const leafOnlySigns: CertificateRule = {
  section: LEAF_SECTION,
  description: 'key usage has nothing but digitalSignature and nonRepudiation',
  holds: (certificate) => forbiddenUsagesOf(certificate).length === 0,
  refusal: (certificate) =>
    `the certificate with subject ${subjectOf(certificate)} is invalid. The key usage must be "Digital Signature" only, but found ${forbiddenUsagesOf(certificate).join(', ')}`,
}

const leafHasNoForeignPurpose: CertificateRule = {
  section: LEAF_SECTION,
  description: 'extended key usage, where present, has none of the forbidden purposes',
  holds: (certificate) => forbiddenPurposeOf(certificate) === undefined,
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: extended key usage must not contain ${forbiddenPurposeOf(certificate)} eku`,
}

const leafOnlyTimestamps: CertificateRule = {
  section: 'RFC 3161 §2.3',
  description: 'extended key usage is exactly timeStamping',
  holds: ({ extendedKeyUsage }) =>
    extendedKeyUsage?.purposes.length === 1 &&
    extendedKeyUsage.purposes[0] === PURPOSE.timeStamping,
  refusal: (certificate) =>
    `timestamp signing certificate with subject ${subjectOf(certificate)} must have and only have Timestamping as extended key usage`,
}

const timestampingIsCritical: CertificateRule = {
  section: 'RFC 3161 §2.3',
  description: 'the extended key usage extension is marked critical',
  holds: ({ extendedKeyUsage }) => extendedKeyUsage?.critical === true,
  refusal: (certificate) =>
    `timestamp signing certificate with subject ${subjectOf(certificate)} must have extended key usage extension marked as critical`,
}

const leafKeyHasSpec: CertificateRule = {
  section: 'signature-specification.md §Algorithm Selection',
  description: 'the key is RSA of 2048, 3072 or 4096 bits, or EC on P-256, P-384 or P-521',
  holds: (certificate) => keyRefusalOf(certificate) === undefined,
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: ${keyRefusalOf(certificate)}`,
}

const caIsCa: CertificateRule = {
  section: CA_SECTION,
  // The specification wants them critical too; the reference does not look, and neither do we.
  description: 'basic constraints are present and say that it is a CA',
  holds: ({ basicConstraints }) => basicConstraints?.ca === true,
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: ca field in basic constraints must be present, critical, and set to true`,
}

const caPathIsLongEnough: CertificateRule = {
  section: CA_SECTION,
  description: 'the path length, where given, allows for the CA certificates below',
  holds: ({ basicConstraints }, caBelow) => (basicConstraints?.pathLength ?? caBelow) >= caBelow,
  refusal: (certificate, caBelow) =>
    `certificate with subject ${subjectOf(certificate)}: expected path length of ${caBelow} but certificate has path length ${certificate.basicConstraints?.pathLength} instead`,
}

const caSignsCertificates: CertificateRule = {
  section: CA_SECTION,
  description: 'key usage has keyCertSign',
  holds: (certificate) => hasUsage(certificate, 'keyCertSign'),
  refusal: (certificate) =>
    `certificate with subject ${subjectOf(certificate)}: key usage must have the bit positions for key cert sign set`,
}

/** Rules of a code signing leaf. */
export const CODE_SIGNING_LEAF_RULES: readonly CertificateRule[] = [
  leafIsNoCa,
  keyUsageIsPresent,
  keyUsageIsCritical,
  leafSigns,
  leafOnlySigns,
  leafHasNoForeignPurpose,
  leafKeyHasSpec,
]

/** Rules of a timestamping leaf. */
export const TIMESTAMPING_LEAF_RULES: readonly CertificateRule[] = [
  leafIsNoCa,
  keyUsageIsPresent,
  leafSigns,
  leafOnlySigns,
  leafOnlyTimestamps,
  timestampingIsCritical,
  leafKeyHasSpec,
]

/** Rules of every CA certificate above a code signing leaf. */
export const CODE_SIGNING_CA_RULES: readonly CertificateRule[] = [
  caIsCa,
  caPathIsLongEnough,
  keyUsageIsPresent,
  keyUsageIsCritical,
  caSignsCertificates,
]

/** Rules of every CA certificate above a timestamping leaf. */
export const TIMESTAMPING_CA_RULES: readonly CertificateRule[] = [
  caIsCa,
  caPathIsLongEnough,
  keyUsageIsPresent,
  caSignsCertificates,
]

function subjectOf(certificate: Certificate): string {
  return quoteGo(formatName(certificate.subject))
}

function hasUsage(certificate: Certificate, usage: KeyUsageName): boolean {
  return certificate.keyUsage?.usages.includes(usage) === true
}

function forbiddenUsagesOf(certificate: Certificate): readonly string[] {
  return KEY_USAGES.filter((usage) => hasUsage(certificate, usage))
    .map((usage) => FORBIDDEN_USAGES.get(usage))
    .filter((name) => name !== undefined)
    .map((name) => `"${name}"`)
}

function forbiddenPurposeOf(certificate: Certificate): string | undefined {
  const purposes = certificate.extendedKeyUsage?.purposes ?? []
  return purposes
    .map((purpose) => FORBIDDEN_PURPOSES.get(purpose))
    .find((name) => name !== undefined)
}

function keyRefusalOf(certificate: Certificate): string | undefined {
  try {
    keySpecOfCertificate(certificate)
    return undefined
  } catch (error) {
    if (isNotationError(error, 'key-unsupported')) return error.message
    throw error
  }
}
