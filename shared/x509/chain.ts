// Which certificate issued which, and a leaf's chain among certificates in any order. It decides
// nothing about trust, and whether the chain meets the rules is left to requirements.ts.

import { equalBytes, toHex } from '../bytes.ts'
import type { Crypto } from '../crypto.ts'
import { NotationError } from '../errors.ts'
import { MAX_CHAIN_CERTIFICATES, MAX_POOL_CERTIFICATES } from '../limits.ts'
import { type Certificate, isSelfIssued } from './certificate.ts'
import { checkCertificateSignature } from './certificate-signature.ts'

/** A certificate and the way from it down to the leaf. */
interface Step {
  readonly certificate: Certificate
  readonly below: Step | undefined
  /** Certificates from the leaf to this one. */
  readonly length: number
}

/**
 * Whether `issuer` issued `certificate`: the names are equal and the signature verifies.
 *
 * An algorithm or key that is unknown or too weak (SHA-1, RSA under 2048 bits, P-224) is a plain no.
 */
export async function isIssuedBy(
  certificate: Certificate,
  issuer: Certificate,
  crypto: Crypto,
): Promise<boolean> {
  if (!equalBytes(certificate.issuer.raw, issuer.subject.raw)) return false
  return (await checkCertificateSignature(certificate, issuer, crypto)) === undefined
}

/** Whether a certificate issued itself: not only under the same name, but with its own key. */
export function isSelfSigned(certificate: Certificate, crypto: Crypto): Promise<boolean> {
  return isIssuedBy(certificate, certificate, crypto)
}

/**
 * Orders certificates into the leaf's chain, leaf first.
 *
 * Takes the shortest way that ends in a self-signed certificate, so a cross-signed root loses to the
 * self-signed one; with no such way, the longest one found, which ends where no issuer is known.
 * Foreign certificates, duplicates and loops fall out. The order of the candidates does not matter.
 *
 * @param candidates - untrusted, at most MAX_POOL_CERTIFICATES, with or without the leaf
 * @throws {NotationError} `chain-invalid` when there are more candidates
 */
export async function orderChain(
  leaf: Certificate,
  candidates: readonly Certificate[],
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  const pool = poolOf(leaf, candidates)
  let deepest: Step = { certificate: leaf, below: undefined, length: 1 }
  const steps = [deepest]
  for (const step of steps) {
    if (await endsChain(step.certificate, crypto)) return pathOf(step)
    if (step.length > deepest.length) deepest = step
    if (step.length === MAX_CHAIN_CERTIFICATES) continue
    for (const issuer of await takeIssuers(step.certificate, pool, crypto))
      steps.push({ certificate: issuer, below: step, length: step.length + 1 })
  }
  return pathOf(deepest)
}

/** Distinct candidates, those that live longest first, so that equals are told apart alike each time. */
function poolOf(leaf: Certificate, candidates: readonly Certificate[]): Set<Certificate> {
  if (candidates.length > MAX_POOL_CERTIFICATES)
    throw new NotationError(
      'chain-invalid',
      `Cannot order certificate chain: found ${candidates.length} certificates, wanted at most ${MAX_POOL_CERTIFICATES}`,
    )
  const distinct = new Map(candidates.map((candidate) => [toHex(candidate.raw), candidate]))
  distinct.delete(toHex(leaf.raw))
  const entries = [...distinct].toSorted(
    ([aHex, a], [bHex, b]) => b.notAfter.getTime() - a.notAfter.getTime() || (aHex < bHex ? -1 : 1),
  )
  return new Set(entries.map(([, certificate]) => certificate))
}

/** Issuers of a certificate, taken out of the pool: the first way to each is a shortest one. */
async function takeIssuers(
  certificate: Certificate,
  pool: Set<Certificate>,
  crypto: Crypto,
): Promise<readonly Certificate[]> {
  const issuers: Certificate[] = []
  for (const candidate of [...pool]) {
    if (!(await mayBeIssuedBy(certificate, candidate, crypto))) continue
    pool.delete(candidate)
    issuers.push(candidate)
  }
  return issuers
}

async function endsChain(certificate: Certificate, crypto: Crypto): Promise<boolean> {
  return isSelfIssued(certificate) && (await mayBeIssuedBy(certificate, certificate, crypto))
}

/**
 * As isIssuedBy, but an algorithm that is refused passes by name alone: the chain then stands as it
 * was meant, and the rules refuse it with the true reason instead of a missing issuer.
 */
async function mayBeIssuedBy(
  certificate: Certificate,
  issuer: Certificate,
  crypto: Crypto,
): Promise<boolean> {
  if (certificate.signatureAlgorithm !== undefined) return isIssuedBy(certificate, issuer, crypto)
  return equalBytes(certificate.issuer.raw, issuer.subject.raw)
}

function pathOf(last: Step): readonly Certificate[] {
  const path: Certificate[] = []
  for (let step: Step | undefined = last; step !== undefined; step = step.below)
    path.unshift(step.certificate)
  return path
}
