// Builds the certificate path of a timestamp signer to a given root (RFC 5280 §6), as Go's
// x509.Verify does for the reference. What cannot be evaluated here is refused, not passed over:
// name constraints, policy constraints, unknown critical extensions.

import type { Crypto } from '../crypto.ts'
import { NotationError } from '../errors.ts'
import { quoteGo } from '../go-text.ts'
import { MAX_CHAIN_CERTIFICATES } from '../limits.ts'
import { type Certificate, isSameCertificate } from '../x509/certificate.ts'
import { isIssuedBy } from '../x509/chain.ts'
import { PURPOSE } from '../x509/extensions.ts'
import { formatName } from '../x509/name.ts'

/** What a path is built of. */
export interface PathMaterial {
  /** Certificates that the token holds, untrusted. */
  readonly intermediates: readonly Certificate[]
  /** Trusted; the path ends at the first of these that it meets. */
  readonly roots: readonly Certificate[]
  /** When every certificate of the path must be valid, bounds included. */
  readonly at: Date
}

/** A certificate, the way down to the leaf, and CA certificates between the two. */
interface Step {
  readonly certificate: Certificate
  readonly below: Step | undefined
  readonly caBelow: number
}

const NAME_CONSTRAINTS_OID = '2.5.29.30'
const POLICY_CONSTRAINTS_OID = '2.5.29.36'
/**
 * Extensions that may be critical: key usage, basic constraints and extended key usage are looked at;
 * policies bind nobody who asks for none, distribution points only tell where to look.
 */
const UNDERSTOOD_OIDS: ReadonlySet<string> = new Set([
  '2.5.29.15',
  '2.5.29.19',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.37',
])

/**
 * The shortest path from a timestamp signer to a root, leaf first, root included.
 *
 * Every certificate is valid at the time, has no extension that goes unevaluated and may, where it
 * has an extended key usage, timestamp; those between leaf and root are CAs whose path length allows it.
 * A cross-signed root in the token loses to the self-signed one among the roots.
 *
 * @throws {NotationError} `timestamp-invalid` when there is none, with why each issuer found was no good
 */
export async function buildTimestampingPath(
  leaf: Certificate,
  { intermediates, roots, at }: PathMaterial,
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  const refusals: string[] = []
  const leafRefusal = refusalOf(leaf, at)
  if (leafRefusal !== undefined) throw noPath([leafRefusal])
  if (roots.some((root) => isSameCertificate(root, leaf))) return [leaf]
  const unvisited = new Set(intermediates)
  const steps: Step[] = [{ certificate: leaf, below: undefined, caBelow: 0 }]
  for (const step of steps) {
    for (const root of await issuersOf(step.certificate, roots, crypto)) {
      const refusal = refusalOf(root, at) ?? pathLengthRefusalOf(root, step.caBelow)
      if (refusal === undefined) return [...pathOf(step), root]
      refusals.push(refusal)
    }
    if (step.caBelow + 2 >= MAX_CHAIN_CERTIFICATES) continue
    for (const issuer of await issuersOf(step.certificate, [...unvisited], crypto)) {
      unvisited.delete(issuer)
      const refusal = caRefusalOf(issuer, step.caBelow) ?? refusalOf(issuer, at)
      if (refusal !== undefined) refusals.push(refusal)
      else steps.push({ certificate: issuer, below: step, caBelow: step.caBelow + 1 })
    }
  }
  throw noPath(refusals)
}

async function issuersOf(
  certificate: Certificate,
  candidates: readonly Certificate[],
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  const issuers: Certificate[] = []
  for (const candidate of candidates)
    if (await isIssuedBy(certificate, candidate, crypto)) issuers.push(candidate)
  return issuers
}

/** What keeps a certificate out of any path, in words. */
function refusalOf(certificate: Certificate, at: Date): string | undefined {
  const { notBefore, notAfter, extendedKeyUsage, extensions } = certificate
  const subject = `certificate with subject ${quoteGo(formatName(certificate.subject))}`
  if (at < notBefore || at > notAfter)
    return `${subject} is not valid at ${at.toISOString()}, only from ${notBefore.toISOString()} to ${notAfter.toISOString()}`
  const unevaluated = extensions.find(
    ({ oid, critical }) =>
      oid === NAME_CONSTRAINTS_OID ||
      oid === POLICY_CONSTRAINTS_OID ||
      (critical && !UNDERSTOOD_OIDS.has(oid)),
  )
  if (unevaluated !== undefined)
    return `${subject} has extension ${unevaluated.oid}, which this version cannot evaluate`
  const purposes = extendedKeyUsage?.purposes ?? []
  const mayTimestamp =
    purposes.length === 0 ||
    purposes.includes(PURPOSE.timeStamping) ||
    purposes.includes(PURPOSE.any)
  return mayTimestamp ? undefined : `${subject} specifies an incompatible key usage`
}

function caRefusalOf(certificate: Certificate, caBelow: number): string | undefined {
  if (certificate.basicConstraints?.ca === true) return pathLengthRefusalOf(certificate, caBelow)
  return `certificate with subject ${quoteGo(formatName(certificate.subject))} is no CA`
}

function pathLengthRefusalOf(certificate: Certificate, caBelow: number): string | undefined {
  if ((certificate.basicConstraints?.pathLength ?? caBelow) >= caBelow) return undefined
  return `certificate with subject ${quoteGo(formatName(certificate.subject))} allows for fewer certificates below`
}

function pathOf(last: Step): readonly Certificate[] {
  const path: Certificate[] = []
  for (let step: Step | undefined = last; step !== undefined; step = step.below)
    path.unshift(step.certificate)
  return path
}

function noPath(refusals: readonly string[]): NotationError {
  const reasons = refusals.length === 0 ? '' : `: ${refusals.join('; ')}`
  return new NotationError(
    'timestamp-invalid',
    `failed to verify signed token: cms verification failure: x509: certificate signed by unknown authority${reasons}`,
  )
}
