// What every check of a signature is made against, besides the signature itself.

import type { Crypto } from '../crypto.ts'
import type { Descriptor } from '../descriptor.ts'
import { quoteGo } from '../go-text.ts'
import type { TrustPolicyStatement } from '../policy/statement.ts'
import { formatStoreName, type TrustStoreType } from '../policy/store-name.ts'
import type { TrustBundle } from '../policy/trust-bundle.ts'
import type { RevocationChecker } from '../revocation/revocation-checker.ts'
import type { Certificate } from '../x509/certificate.ts'
import type { ChainCache } from '../x509/chain-cache.ts'
import { type Finding, failed } from './outcome.ts'

/** The artifact, what is trusted for it, and the moment. */
export interface VerificationContext {
  readonly descriptor: Descriptor
  /** Pairs that must stand among the signed annotations. */
  readonly userMetadata: Readonly<Record<string, string>>
  readonly statement: TrustPolicyStatement
  readonly bundle: TrustBundle
  /** Decides about validity and expiry; read once for all signatures. */
  readonly now: Date
  readonly crypto: Crypto
  /** Kept from one verification to the next; without it every chain is read and verified anew. */
  readonly chains?: ChainCache
  /** Of this verification alone. Without it certificates that name revocation servers cannot be checked. */
  readonly revocation?: RevocationChecker
}

/** The certificates of all stores of a type that the statement names, or that one is missing. */
export function trustedCertificates(
  type: TrustStoreType,
  { statement, bundle }: VerificationContext,
): readonly Certificate[] | Finding {
  const certificates: Certificate[] = []
  for (const store of statement.trustStores.filter((candidate) => candidate.type === type)) {
    const found = bundle.trustStores.get(formatStoreName(store))
    if (found === undefined)
      return failed(
        'trust-store-missing',
        `the trust store ${quoteGo(store.name)} of type ${quoteGo(type)} does not exist`,
      )
    certificates.push(...found)
  }
  return certificates
}

/** An instant as the reference implementation's messages have it: `Tue, 21 Jan 2025 12:39:46 +0000`. */
export function formatInstant(at: Date): string {
  return at.toUTCString().replace('GMT', '+0000')
}
