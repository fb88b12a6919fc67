// What the application needs from the outside. Each entry (Node, Deno, Workers) binds these once.

import type { Crypto } from '../shared/crypto.ts'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import type { Credentials } from '../shared/registry/token.ts'
import type { RevocationChecker } from '../shared/revocation/revocation-checker.ts'
import type { Signer } from '../shared/signer.ts'
import type { KnownKeys, SignatureRecord } from '../shared/stm/signer.ts'
import type { ChainCache } from '../shared/x509/chain-cache.ts'
import type { AuditEntry } from './audit.ts'
import type { ByteRoom, Capacity } from './capacity.ts'
import type { Configuration } from './configuration.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { IssuerKeyCache } from './oidc-issuer-keys.ts'
import type { ReadPageFile } from './page/page-files.ts'
import type { ReadinessCache } from './readiness.ts'
import type { Signing } from './signing/signing.ts'

/**
 * Makes the signer of one request, which remembers what it looked up, here or among the known keys; it tells of each
 * signature that it made.
 */
export type CreateSigner = (
  onSignature: (made: SignatureRecord) => void,
  knownKeys?: KnownKeys,
) => Signer

/** Credentials of a registry by its host; undefined where there are none. */
export type FindCredentials = (host: string) => Promise<Credentials | undefined>

/** Everything that touches the world, as values. */
export interface Deps {
  readonly configuration: Configuration
  /** What is trusted; without it verification answers `policy-invalid`. */
  readonly trustBundle: TrustBundle | undefined
  /** Absent where no Software Trust Manager is configured: then nothing is signed. */
  readonly createSigner: CreateSigner | undefined
  /** Whether Software Trust Manager answers, and with which status; rejects when it does not. Absent as createSigner is. */
  readonly reachSigner: ((timeoutMs: number) => Promise<{ readonly status: number }>) | undefined
  /** Lives as long as the process, or the isolate. */
  readonly readinessCache: ReadinessCache
  /** Where CONFIG holds no credentials of a registry: what else this machine has. */
  readonly findCredentials: FindCredentials
  /** One for each request: its limits count for all that the request asks of revocation servers. */
  readonly createRevocationChecker: () => RevocationChecker
  /** For registries, timestamp authorities and callers' issuers. */
  readonly fetch: typeof fetch
  /** Keys of callers' issuers; lives as long as the process, or the isolate. */
  readonly issuerKeyCache: IssuerKeyCache
  /** Chains that were met; lives as long as the process, or the isolate. */
  readonly chains: ChainCache
  readonly crypto: Crypto
  readonly now: () => Date
  readonly audit: (entry: AuditEntry) => void
  /** Whether only this machine can call: then anyone may have envelopes verified. */
  readonly listensOnLoopback: boolean
  /**
   * How much is done at once; lives as long as the process. Absent where the platform limits it: a Worker's request that
   * its client leaves may end without giving its room back.
   */
  readonly capacity?: Capacity | undefined
  /** Room for bodies of events whose sender only the whole body can show; absent where the platform bounds requests. */
  readonly unverifiedBytes?: ByteRoom | undefined
  /** Whether the sender of an anonymous request may ask once more now; absent where nobody counts. */
  readonly admitAnonymous?: (() => Promise<boolean>) | undefined
  /** Absent where nothing is measured; lives as long as the process. */
  readonly metrics?: Metrics | undefined
  /** Absent where nothing signs by itself: then `/v1/sign` signs at once. */
  readonly signing?: Signing | undefined
  /** Absent where the page for people is not served. */
  readonly readPageFile?: ReadPageFile | undefined
}
