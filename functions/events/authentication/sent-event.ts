// What a sender's authentication is checked with: what was sent, and what checking needs besides.

import type { Crypto } from '../../../shared/crypto.ts'
import type { FindIssuerKeys } from '../../oidc-issuer-keys.ts'
import type { HmacFormat } from '../source-auth.ts'

/** A request to a source, of which nothing is believed yet. */
export interface SentEvent {
  readonly headers: Headers
  /** The last segment of the address, where it has one more than the source's name. */
  readonly pathSecret: string | undefined
  /**
   * The bytes as they came.
   *
   * @throws {NotationError} `request-too-large` | `request-invalid`
   */
  readonly readBody: () => Promise<Uint8Array>
}

/** What checking needs. */
export interface SenderDeps {
  readonly crypto: Crypto
  readonly now: () => Date
  readonly findKeys: FindIssuerKeys
}

/** What a source's type says of headers. */
export interface SenderFormats {
  readonly hmac?: readonly HmacFormat[]
  readonly header?: string
}
