// The invalidity date (RFC 5280 §5.3.2): since when a revoked key is thought to have been misused.

import { parseDer } from '../der.ts'
import { readGeneralizedTime } from '../der-time.ts'
import type { Extension } from '../x509/extensions.ts'
import { EXTENSION, extensionValue } from './extension-list.ts'
import { orMalformed } from './malformed.ts'

const SOURCE = { code: 'encoding-invalid', object: 'invalidity date' } as const

/**
 * Reads the value of an invalidity date extension.
 *
 * @throws {NotationError} `encoding-invalid`
 */
export function parseInvalidityDate(value: Uint8Array): Date {
  return parseDer(value, SOURCE, readGeneralizedTime)
}

/**
 * True where the signature was made before the key was invalid: its revocation does not touch it.
 *
 * A date that cannot be read is no excuse: revoked stays revoked.
 *
 * @param signingTime - undefined where no signing authority vouches for one
 */
export function isBeforeInvalidity(
  signingTime: Date | undefined,
  extensions: readonly Extension[],
): boolean {
  const value = extensionValue(extensions, EXTENSION.invalidityDate)
  if (signingTime === undefined || value === undefined) return false
  const invalidAt = orMalformed(() => parseInvalidityDate(value))
  return typeof invalidAt !== 'string' && signingTime < invalidAt
}
