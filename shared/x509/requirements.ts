// The Notary Project's requirements on whole certificate chains (signature-specification.md
// §Certificate Requirements), in the order and with the messages of notation-core-go v1.3.0. Trust,
// revocation and extensions other than the three named there are left out.

import { equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { NotationError } from '../errors.ts'
import { formatGoTime, quoteGo } from '../go-text.ts'
import { MAX_CHAIN_CERTIFICATES } from '../limits.ts'
import { type Certificate, isSelfIssued } from './certificate.ts'
import { checkCertificateSignature } from './certificate-signature.ts'
import { formatName } from './name.ts'
import {
  type CertificateRule,
  CODE_SIGNING_CA_RULES,
  CODE_SIGNING_LEAF_RULES,
  TIMESTAMPING_CA_RULES,
  TIMESTAMPING_LEAF_RULES,
} from './rules.ts'

/** What tells one kind of chain from the other. */
interface ChainPurpose {
  readonly leafRules: readonly CertificateRule[]
  readonly caRules: readonly CertificateRule[]
  /** How the reference writes a name in brackets, which differs between its two validators. */
  readonly named: (label: string, name: string) => string
}

const CODE_SIGNING: ChainPurpose = {
  leafRules: CODE_SIGNING_LEAF_RULES,
  caRules: CODE_SIGNING_CA_RULES,
  named: (label, name) => `${label}(${name})`,
}

const TIMESTAMPING: ChainPurpose = {
  leafRules: TIMESTAMPING_LEAF_RULES,
  caRules: TIMESTAMPING_CA_RULES,
  named: (label, name) => `${label} (${name})`,
}

/**
 * Verifies that a chain may sign code: complete, in order, signed link by link, ending in a
 * self-signed root, each certificate fit for its place.
 *
 * A chain of one is a self-signed leaf. Stricter than the reference: no SHA-1 anywhere, no RSA key
 * under 2048 bits, neither `anyExtendedKeyUsage` nor OCSP signing in the leaf.
 *
 * @param chain - leaf first, root last
 * @param at - when every certificate must be valid, bounds included; without it validity is not looked at
 * @throws {NotationError} `chain-invalid` with the reference's text
 */
export async function verifyCodeSigningChain(
  chain: readonly Certificate[],
  crypto: Crypto,
  at?: Date,
): Promise<void> {
  await verifyChain(chain, CODE_SIGNING, crypto, at)
}

/**
 * Verifies that a chain may sign timestamps, as verifyCodeSigningChain does with the other rules.
 *
 * @throws {NotationError} `chain-invalid` with the reference's text
 */
export async function verifyTimestampingChain(
  chain: readonly Certificate[],
  crypto: Crypto,
  at?: Date,
): Promise<void> {
  await verifyChain(chain, TIMESTAMPING, crypto, at)
}

async function verifyChain(
  chain: readonly Certificate[],
  purpose: ChainPurpose,
  crypto: Crypto,
  at: Date | undefined,
): Promise<void> {
  const [leaf, issuer] = chain
  if (leaf === undefined) throw invalid('certificate chain must contain at least one certificate')
  if (chain.length > MAX_CHAIN_CERTIFICATES)
    throw invalid(
      `Cannot verify certificate chain: found ${chain.length} certificates, wanted at most ${MAX_CHAIN_CERTIFICATES}`,
    )
  if (issuer === undefined) return verifySelfSignedLeaf(leaf, purpose, crypto, at)
  for (const [index, certificate] of chain.entries()) {
    verifyValidity(certificate, at)
    const next = chain[index + 1]
    if (next === undefined) await verifyRoot(certificate, crypto)
    else await verifyLink(certificate, next, index === 0 ? 'leaf' : 'intermediate', crypto)
    verifyRules(
      certificate,
      index === 0 ? purpose.leafRules : purpose.caRules,
      Math.max(index - 1, 0),
    )
  }
}

async function verifySelfSignedLeaf(
  leaf: Certificate,
  purpose: ChainPurpose,
  crypto: Crypto,
  at: Date | undefined,
): Promise<void> {
  const refusal = await checkCertificateSignature(leaf, leaf, crypto)
  if (refusal !== undefined)
    throw invalid(`invalid self-signed certificate. subject: ${subjectOf(leaf)}. Error: ${refusal}`)
  if (!isSelfIssued(leaf)) {
    const issuer = purpose.named('issuer', formatName(leaf.issuer))
    const subject = purpose.named('subject', formatName(leaf.subject))
    throw invalid(
      `invalid self-signed certificate. subject: ${subjectOf(leaf)}. Error: ${issuer} and ${subject} are not the same`,
    )
  }
  verifyValidity(leaf, at)
  const broken = purpose.leafRules.find((rule) => !rule.holds(leaf, 0))
  if (broken !== undefined)
    throw invalid(`invalid self-signed certificate. Error: ${broken.refusal(leaf, 0)}`)
}

async function verifyRoot(root: Certificate, crypto: Crypto): Promise<void> {
  const end = 'Certificate chain must end with a valid self-signed root certificate'
  const refusal = await checkIssuance(root, root, crypto)
  if (refusal !== undefined)
    throw invalid(
      `root certificate with subject ${subjectOf(root)} is invalid or not self-signed. ${end}. Error: ${refusal}`,
    )
  if (!isSelfIssued(root))
    throw invalid(`root certificate with subject ${subjectOf(root)} is not self-signed. ${end}`)
}

async function verifyLink(
  certificate: Certificate,
  issuer: Certificate,
  place: 'leaf' | 'intermediate',
  crypto: Crypto,
): Promise<void> {
  if (
    isSelfIssued(certificate) &&
    (await checkIssuance(certificate, certificate, crypto)) === undefined
  )
    throw invalid(
      `${place} certificate with subject ${subjectOf(certificate)} is self-signed. Certificate chain must not contain self-signed ${place} certificate`,
    )
  const refusal = await checkIssuance(certificate, issuer, crypto)
  if (refusal !== undefined)
    throw invalid(
      `invalid certificates or certificate with subject ${subjectOf(certificate)} is not issued by ${subjectOf(issuer)}. Error: ${refusal}`,
    )
  if (!equalBytes(certificate.issuer.raw, issuer.subject.raw))
    throw invalid(
      `certificate with subject ${subjectOf(certificate)} is not issued by ${subjectOf(issuer)}`,
    )
}

/** Go's CheckSignatureFrom: the issuer may sign certificates, and signed this one. */
async function checkIssuance(
  certificate: Certificate,
  issuer: Certificate,
  crypto: Crypto,
): Promise<string | undefined> {
  const { basicConstraints, keyUsage } = issuer
  const isCa = basicConstraints === undefined ? issuer.version < 3 : basicConstraints.ca
  const usages = keyUsage?.usages ?? []
  if (!isCa || (usages.length > 0 && !usages.includes('keyCertSign')))
    return 'x509: invalid signature: parent certificate cannot sign this kind of certificate'
  return checkCertificateSignature(certificate, issuer, crypto)
}

/** Whether a certificate is valid at a time, bounds included (RFC 5280 §4.1.2.5). */
export function isWithinValidity({ notBefore, notAfter }: Certificate, at: Date): boolean {
  return at >= notBefore && at <= notAfter
}

function verifyValidity(certificate: Certificate, at: Date | undefined): void {
  if (at === undefined || isWithinValidity(certificate, at)) return
  const { notBefore, notAfter } = certificate
  throw invalid(
    `certificate with subject ${subjectOf(certificate)} was invalid at signing time of ${formatGoTime(at)}. Certificate is valid from [${formatGoTime(notBefore)}] to [${formatGoTime(notAfter)}]`,
  )
}

function verifyRules(
  certificate: Certificate,
  rules: readonly CertificateRule[],
  caBelow: number,
): void {
  const broken = rules.find((rule) => !rule.holds(certificate, caBelow))
  if (broken !== undefined) throw invalid(broken.refusal(certificate, caBelow))
}

function subjectOf(certificate: Certificate): string {
  return quoteGo(formatName(certificate.subject))
}

function invalid(message: string): NotationError {
  return new NotationError('chain-invalid', message)
}
