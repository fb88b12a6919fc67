// The revocation check bound to what an entry has: one checker for each request, one CRL cache for all.

import type { Crypto } from '../shared/crypto.ts'
import type { CrlCache } from '../shared/revocation/crl-cache.ts'
import type { RevocationFetch } from '../shared/revocation/fetch-revocation.ts'
import type { HostPolicy } from '../shared/revocation/host-policy.ts'
import { createRevocationChecker } from '../shared/revocation/revocation-checker.ts'
import { webSha1 } from '../shared/revocation/sha1.ts'
import type { Deps } from './deps.ts'

/** What outlives a request. */
export interface RevocationBindings {
  readonly fetch: RevocationFetch
  readonly hostPolicy: HostPolicy
  readonly crlCache: CrlCache
  readonly crypto: Crypto
  readonly now: () => Date
}

/** Makes what Deps has. */
export function bindRevocation({
  now,
  ...bindings
}: RevocationBindings): Deps['createRevocationChecker'] {
  return () => createRevocationChecker({ ...bindings, sha1: webSha1, now: now() })
}
