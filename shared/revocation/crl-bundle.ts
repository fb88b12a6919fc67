// A CRL with the delta CRL that completes it: proven against an issuer, then looked into. In the order
// and the words of notation-core-go v1.3.0 (revocation/internal/crl).

import { equalBytes } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { formatGoTime } from '../go-text.ts'
import type { Certificate } from '../x509/certificate.ts'
import { checkSignature } from '../x509/certificate-signature.ts'
import { formatName } from '../x509/name.ts'
import type { Crl } from './crl.ts'
import { type CrlIndex, indexEntries } from './crl-entries.ts'
import { EXTENSION } from './extension-list.ts'
import { orMalformed } from './malformed.ts'

/** A base CRL as a distribution point has it, and the delta CRL that it points to. */
export interface CrlBundle {
  readonly base: Crl
  readonly delta: Crl | undefined
}

/** A bundle whose lists one key signed, ready to be looked into. Whether it is of now is not part of this. */
export interface VerifiedCrlBundle extends CrlBundle {
  /** DER SubjectPublicKeyInfo of the key that signed both. */
  readonly signerSpki: Uint8Array
  readonly baseIndex: CrlIndex
  readonly deltaIndex: CrlIndex | undefined
}

/** Clocks of CAs may be ahead of ours by as much. */
const MAX_CLOCK_SKEW_MS = 5 * 60 * 1000
/** Critical extensions that do not stand in the way: their meaning is judged, or all points are asked. */
const KNOWN_CRITICAL: ReadonlySet<string> = new Set([
  EXTENSION.issuingDistributionPoint,
  EXTENSION.deltaCrlIndicator,
])

/**
 * Proves a bundle: signed by the issuer, which may sign CRLs, and in force.
 *
 * @returns the bundle with its indices, or why it proves nothing
 */
export async function verifyCrlBundle(
  bundle: CrlBundle,
  issuer: Certificate,
  now: Date,
  crypto: Crypto,
): Promise<VerifiedCrlBundle | string> {
  const standing = isVerifiedFor(bundle, issuer) ? bundle : undefined
  const { base, delta } = bundle
  const isSigned = standing !== undefined
  const baseRefusal = await checkCrl(base, issuer, now, isSigned ? undefined : crypto)
  if (baseRefusal !== undefined) return `failed to validate base CRL: ${baseRefusal}`
  if (base.deltaIndicator !== undefined)
    return 'failed to validate base CRL: it is a delta CRL, which does not list all'
  if (delta !== undefined) {
    const deltaRefusal = await checkCrl(delta, issuer, now, isSigned ? undefined : crypto)
    if (deltaRefusal !== undefined) return `failed to validate delta CRL: ${deltaRefusal}`
    const mismatch = checkDelta(delta, base)
    if (mismatch !== undefined) return mismatch
  }
  return standing ?? orMalformed(() => indexBundle(bundle, issuer))
}

/** True while both lists of a bundle are in force: what has expired is fetched anew. */
export function isInForce({ base, delta }: CrlBundle, now: Date): boolean {
  return [base, delta].every(
    (crl) => crl === undefined || (crl.nextUpdate !== undefined && now <= crl.nextUpdate),
  )
}

/** Signatures depend on bytes alone, so one that was proven for this key stays so. */
function isVerifiedFor(
  bundle: CrlBundle | VerifiedCrlBundle,
  issuer: Certificate,
): bundle is VerifiedCrlBundle {
  return 'signerSpki' in bundle && equalBytes(bundle.signerSpki, issuer.spki)
}

function indexBundle({ base, delta }: CrlBundle, issuer: Certificate): VerifiedCrlBundle {
  return {
    base,
    delta,
    signerSpki: issuer.spki,
    baseIndex: indexEntries(base.entries),
    deltaIndex: delta === undefined ? undefined : indexEntries(delta.entries),
  }
}

/** Without `crypto` the signature is known to verify. */
async function checkCrl(
  crl: Crl,
  issuer: Certificate,
  now: Date,
  crypto: Crypto | undefined,
): Promise<string | undefined> {
  const refusal = checkMayIssue(crl, issuer) ?? (await checkCrlSignature(crl, issuer, crypto))
  if (refusal !== undefined)
    return `CRL is not signed by CA ${formatName(issuer.subject)}: ${refusal},`
  return checkPeriod(crl, now) ?? checkExtensions(crl)
}

/** Go's CheckSignatureFrom without the signature; the reference does not compare the names. */
function checkMayIssue(crl: Crl, issuer: Certificate): string | undefined {
  const { basicConstraints, keyUsage } = issuer
  const isCa = basicConstraints === undefined ? issuer.version < 3 : basicConstraints.ca
  const usages = keyUsage?.usages ?? []
  if (!isCa || (usages.length > 0 && !usages.includes('cRLSign')))
    return 'x509: invalid signature: parent certificate cannot sign this kind of certificate'
  return equalBytes(crl.issuer.raw, issuer.subject.raw)
    ? undefined
    : `it is issued by ${formatName(crl.issuer)}`
}

async function checkCrlSignature(
  { tbs, signature, signatureAlgorithm, insecureSignature }: Crl,
  issuer: Certificate,
  crypto: Crypto | undefined,
): Promise<string | undefined> {
  if (crypto === undefined) return undefined
  if (insecureSignature !== undefined)
    return `x509: cannot verify signature: insecure algorithm ${insecureSignature}`
  return checkSignature({ algorithm: signatureAlgorithm, message: tbs, signature }, issuer, crypto)
}

function checkPeriod({ thisUpdate, nextUpdate }: Crl, now: Date): string | undefined {
  if (nextUpdate === undefined) return 'CRL NextUpdate is not set'
  if (now > nextUpdate)
    return `expired CRL. Current time ${formatGoTime(now)} is after CRL NextUpdate ${formatGoTime(nextUpdate)}`
  if (thisUpdate.getTime() > now.getTime() + MAX_CLOCK_SKEW_MS)
    return `CRL of the future. Current time ${formatGoTime(now)} is before CRL ThisUpdate ${formatGoTime(thisUpdate)}`
  return undefined
}

function checkExtensions({ extensions, isIndirect }: Crl): string | undefined {
  const unknown = extensions.find(({ oid, critical }) => critical && !KNOWN_CRITICAL.has(oid))
  if (unknown !== undefined) return `unsupported critical extension found in CRL: ${unknown.oid}`
  return isIndirect ? 'indirect CRLs are not supported' : undefined
}

/** RFC 5280 §5.2.4: newer than the base, and made to complete one as old as it. */
function checkDelta(delta: Crl, base: Crl): string | undefined {
  if (delta.number === undefined || base.number === undefined)
    return 'CRL number is not set in both the base CRL and the delta CRL'
  if (delta.number <= base.number)
    return `delta CRL number ${delta.number} is not greater than the base CRL number ${base.number}`
  if (delta.deltaIndicator === undefined) return 'delta CRL indicator extension is not found'
  if (delta.deltaIndicator > base.number)
    return `delta CRL indicator ${delta.deltaIndicator} is not less than or equal to the base CRL number ${base.number}`
  return undefined
}
