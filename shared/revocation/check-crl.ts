// The CRL status of a certificate: every distribution point is asked, because their lists may each
// hold a part. Bundles are kept until their next update.

import type { Crypto } from '../crypto.ts'
import type { Certificate } from '../x509/certificate.ts'
import { type CrlBundle, isInForce, type VerifiedCrlBundle, verifyCrlBundle } from './crl-bundle.ts'
import type { CrlCache } from './crl-cache.ts'
import { crlStatusOf } from './crl-status.ts'
import { EXTENSION } from './extension-list.ts'
import { type CrlFetchDependencies, fetchCrlBundle } from './fetch-crl.ts'
import type { ServerStatus } from './server-status.ts'

/** A certificate and what its status is judged by. */
export interface CrlSubject {
  readonly certificate: Certificate
  readonly issuer: Certificate
  readonly now: Date
  /** When a signing authority says that it signed. */
  readonly signingTime: Date | undefined
  readonly crypto: Crypto
}

/** What CRLs take from the world. */
export interface CrlDependencies extends CrlFetchDependencies {
  /** Without one every verification downloads anew. */
  readonly crlCache?: CrlCache
}

/**
 * Every distribution point that was asked, in order: the last one decides.
 *
 * The first failure and the first revocation end it (notation-core-go v1.3.0, revocation/internal/crl).
 */
export async function checkCrl(
  subject: CrlSubject,
  dependencies: CrlDependencies,
): Promise<readonly ServerStatus[]> {
  const { certificate } = subject
  const outcomes: ServerStatus[] = []
  for (const server of certificate.crlUrls) {
    const outcome = await askPoint(server, subject, dependencies)
    outcomes.push({ protocol: 'CRL', server, ...outcome })
    if (outcome.status !== 'ok') return outcomes
  }
  // A list that cannot be asked for could hold the certificate.
  if (certificate.hasOtherCrlSource)
    outcomes.push({
      protocol: 'CRL',
      server: '',
      ...unknown('CRL distribution points without URI are not supported'),
    })
  return outcomes
}

type Outcome = Pick<ServerStatus, 'status' | 'error'>

async function askPoint(
  url: string,
  subject: CrlSubject,
  dependencies: CrlDependencies,
): Promise<Outcome> {
  const kept = await readCache(url, subject.now, dependencies.crlCache)
  const bundle =
    kept ?? (await dependencies.round.once(`CRL ${url}`, () => fetchCrlBundle(url, dependencies)))
  if (typeof bundle === 'string') return unknown(`failed to download CRL from ${url}: ${bundle}`)
  if (isOnlyInCertificate(subject.certificate, bundle))
    return unknown('freshest CRL from certificate extension is not supported')
  const verified = await verifyCrlBundle(bundle, subject.issuer, subject.now, subject.crypto)
  if (typeof verified === 'string')
    return unknown(`failed to validate CRL from ${url}: ${verified}`)
  if (verified !== bundle) await writeCache(url, verified, dependencies.crlCache)
  const verdict = crlStatusOf(subject.certificate.serialNumber, verified, subject.signingTime)
  return verdict.kind === 'status'
    ? { status: verdict.status }
    : unknown(`failed to check revocation status from ${url}: ${verdict.reason}`)
}

/** Deltas named by the certificate alone may have another scope than the base. */
function isOnlyInCertificate({ extensions }: Certificate, { delta }: CrlBundle): boolean {
  return delta === undefined && extensions.some(({ oid }) => oid === EXTENSION.freshestCrl)
}

async function readCache(
  url: string,
  now: Date,
  cache: CrlCache | undefined,
): Promise<VerifiedCrlBundle | undefined> {
  try {
    const bundle = await cache?.get(url)
    return bundle !== undefined && isInForce(bundle, now) ? bundle : undefined
  } catch {
    return undefined
  }
}

async function writeCache(
  url: string,
  bundle: VerifiedCrlBundle,
  cache: CrlCache | undefined,
): Promise<void> {
  try {
    await cache?.set(url, bundle)
  } catch {
    // As in the reference: what could not be kept is fetched again.
  }
}

function unknown(error: string): Outcome {
  return { status: 'unknown', error }
}
