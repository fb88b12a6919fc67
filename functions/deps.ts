// What the application needs from the outside. Each entry (Node, Deno, Workers) binds these once.

import type { Crypto } from '../shared/crypto.ts'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import type { Signer } from '../shared/signer.ts'
import type { Configuration } from './configuration.ts'

/** A line for the audit log: who did what to which artifact with which key, and how it ended. */
export interface AuditEntry {
  readonly event: 'describe-key' | 'generate-signature' | 'sign' | 'verify' | 'error'
  readonly caller: string | undefined
  readonly [detail: string]: string | number | boolean | undefined
}

/** Everything that touches the world, as values. */
export interface Deps {
  readonly configuration: Configuration
  /** What is trusted; without it verification answers `policy-invalid`. */
  readonly trustBundle: TrustBundle | undefined
  /** A signer for one request: it remembers what it looked up and is then dropped. Absent where no STM is configured. */
  readonly createSigner: (() => Signer) | undefined
  /** For registries and timestamp authorities. */
  readonly fetch: typeof fetch
  readonly crypto: Crypto
  readonly now: () => Date
  readonly audit: (entry: AuditEntry) => void
  /** Whether only this machine can call: then anyone may have envelopes verified. */
  readonly listensOnLoopback: boolean
}
