// The signer of one request.

import { NotationError } from '../shared/errors.ts'
import type { Signer } from '../shared/signer.ts'
import type { KnownKeys } from '../shared/stm/signer.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'

/**
 * Opens a signer. Each signature that it makes is noted for the audit line, under the name that Software Trust Manager
 * gave it, because it was spent even where the request fails later.
 *
 * @param knownKeys - shared with other signers; else this one looks its keys up for itself
 * @throws {NotationError} `configuration-invalid` when no Software Trust Manager is configured
 */
export function openSigner(
  { createSigner, metrics }: Deps,
  note: Exchange['note'],
  knownKeys?: KnownKeys,
): Signer {
  if (createSigner !== undefined) {
    return createSigner(({ keypairId, signatureId = 'unknown' }) => {
      metrics?.count('stm_notary_signatures_total', {})
      note({ keypairId, signatureId })
    }, knownKeys)
  }
  throw new NotationError(
    'configuration-invalid',
    'Cannot sign: no Software Trust Manager is configured; set SM_HOST, SM_API_KEY, SM_CLIENT_CERT_FILE and SM_CLIENT_CERT_PASSWORD',
  )
}
