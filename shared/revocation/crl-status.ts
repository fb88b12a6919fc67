// What a proven CRL says of a certificate: revoked for good, on hold, released, or not listed.

import type { Extension } from '../x509/extensions.ts'
import type { VerifiedCrlBundle } from './crl-bundle.ts'
import { type CrlEntry, findEntries } from './crl-entries.ts'
import { EXTENSION, extensionValue } from './extension-list.ts'
import { parseInvalidityDate } from './invalidity-date.ts'
import { orMalformed } from './malformed.ts'

/** What the lists say, or why they cannot be read. */
export type CrlVerdict =
  | { readonly kind: 'status'; readonly status: 'ok' | 'revoked' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** CRLReason (RFC 5280 §5.3.1) of entries that a later one may lift. */
const CERTIFICATE_HOLD = 6
const REMOVE_FROM_CRL = 8

/**
 * The status of a serial number: entries of the base before those of the delta.
 *
 * Of holds and releases the latest decides, by revocation date; any other reason is for good.
 *
 * @param signingTime - undefined where no signing authority vouches for one
 */
export function crlStatusOf(
  serialNumber: Uint8Array,
  { baseIndex, deltaIndex }: VerifiedCrlBundle,
  signingTime: Date | undefined,
): CrlVerdict {
  const entries = [
    ...findEntries(baseIndex, serialNumber),
    ...(deltaIndex === undefined ? [] : findEntries(deltaIndex, serialNumber)),
  ]
  let latest: CrlEntry | undefined
  for (const entry of entries) {
    const unknown = findUnknownCritical(entry.extensions)
    if (unknown !== undefined)
      return unreadable(`unsupported critical extension found in CRL: ${unknown.oid}`)
    // Read in any case: the reference refuses a malformed one also where it does not need it.
    const invalidAt = orMalformed(() => invalidityDateOf(entry))
    if (typeof invalidAt === 'string') return unreadable(invalidAt)
    if (signingTime !== undefined && invalidAt !== undefined && signingTime < invalidAt)
      return { kind: 'status', status: 'ok' }
    const isTemporary = entry.reason === CERTIFICATE_HOLD || entry.reason === REMOVE_FROM_CRL
    if (!isTemporary) return { kind: 'status', status: 'revoked' }
    if (latest === undefined || latest.revokedAt < entry.revokedAt) latest = entry
  }
  return { kind: 'status', status: latest?.reason === CERTIFICATE_HOLD ? 'revoked' : 'ok' }
}

/** The reason code has been read with the entry, but the reference refuses a critical one. */
function findUnknownCritical(extensions: readonly Extension[]): Extension | undefined {
  return extensions.find(({ oid, critical }) => critical && oid !== EXTENSION.invalidityDate)
}

function invalidityDateOf({ extensions }: CrlEntry): Date | undefined {
  const value = extensionValue(extensions, EXTENSION.invalidityDate)
  return value === undefined ? undefined : parseInvalidityDate(value)
}

function unreadable(reason: string): CrlVerdict {
  return { kind: 'unreadable', reason }
}
