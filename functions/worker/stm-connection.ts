// The connection to Software Trust Manager on Cloudflare Workers: the platform holds the client certificate
// and presents it for whatever goes through the binding STM.

import { NotationError } from '../../shared/errors.ts'
import { parseStmService } from '../../shared/stm/settings.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import type { StmOptions } from '../configuration.ts'
import { createSigners, type Signers } from '../create-signers.ts'
import { createFetchTransport, type JudgeFailure, type StmFetch } from '../stm-fetch-transport.ts'

/** Bindings that signing needs, all or none. */
export interface StmBindings {
  /** An mTLS certificate's, which presents it. */
  readonly STM?: { readonly fetch: StmFetch }
  readonly SM_HOST?: string
  /** A secret. */
  readonly SM_API_KEY?: string
  /** Milliseconds of one call. */
  readonly SM_CONN_TIMEOUT?: string
}

/**
 * The signers of the service that the bindings name.
 *
 * @returns undefined where none is named: then the Worker verifies only
 * @throws {NotationError} `configuration-invalid` naming what is missing or wrong
 */
export function createWorkerSigners(
  bindings: StmBindings,
  stm: StmOptions,
  now: () => Date,
): Signers | undefined {
  const { STM: binding, SM_HOST, SM_API_KEY } = bindings
  if (binding === undefined && SM_HOST === undefined && SM_API_KEY === undefined) return undefined
  const service = parseStmService((name) => bindings[name as keyof Omit<StmBindings, 'STM'>])
  if (binding === undefined)
    throw new NotationError(
      'configuration-invalid',
      'Cannot start: there is no binding STM; name the client certificate under mtls_certificates in wrangler.toml',
    )
  const transport = createFetchTransport(
    (url, init) => binding.fetch(url, init),
    judgeFailure(service.host),
  )
  return createSigners({ ...service, transport, crypto: webCrypto, now, stm })
}

/** The runtime does not say how far it came, so the request counts as sent. */
function judgeFailure(origin: string): JudgeFailure {
  return (cause) => ({
    sent: true,
    error: new NotationError(
      'signer-unavailable',
      `cannot reach ${origin}: the connection broke; if it does so each time, check SM_HOST, and the certificate behind the binding STM`,
      { cause },
    ),
  })
}
