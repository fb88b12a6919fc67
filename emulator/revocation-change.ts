// A change of what the responders say, as JSON has it: which certificates, which state.

import {
  ISSUED_AUTHORITIES,
  type IssuedAuthority,
  type IssuedCertificate,
} from './issued-certificates.ts'
import {
  REVOCATION_LISTS,
  REVOCATION_REASONS,
  REVOCATION_STATES,
  type RevocationList,
  type RevocationReason,
  type RevocationRecord,
  type RevocationState,
} from './revocation-states.ts'
import { SetupError } from './setup-error.ts'

/** A change of state: of all certificates of a keypair, of one by its serial number, or of an authority's. */
export type RevocationChange = (
  | { readonly alias: string }
  | { readonly serialNumber: string }
  | { readonly authority: IssuedAuthority }
) & {
  readonly state: RevocationState
  /** Not named in answers where it is left out. */
  readonly reason?: RevocationReason
  /** ISO 8601; now where it is left out. */
  readonly revokedAt?: string
  /** ISO 8601: since when the key must be taken as lost. */
  readonly invalidityDate?: string
  /** `base` where it is left out; `delta` makes the base CRL name a delta CRL. */
  readonly list?: RevocationList
}

const SELECTORS = ['alias', 'serialNumber', 'authority'] as const
const DETAILS = ['reason', 'revokedAt', 'invalidityDate', 'list'] as const
const MEMBERS: readonly string[] = [...SELECTORS, 'state', ...DETAILS]

/**
 * A change from JSON.
 *
 * @throws {SetupError} that names the member which is wrong
 */
export function parseRevocationChange(value: unknown): RevocationChange {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SetupError(
      `Cannot set a revocation state: wanted an object with ${MEMBERS.join(', ')}`,
    )
  const raw = value as Readonly<Record<string, unknown>>
  const unknown = Object.keys(raw).find((key) => !MEMBERS.includes(key))
  if (unknown !== undefined) throw wrong(unknown, 'is not known', `one of ${MEMBERS.join(', ')}`)
  const state = oneOf(raw.state, keysOf(REVOCATION_STATES), 'state')
  const detail = DETAILS.find((member) => raw[member] !== undefined)
  if (state !== 'revoked' && detail !== undefined)
    throw wrong(detail, `stands beside the state ${state}`, 'it with the state revoked alone')
  return { ...parseSelector(raw), state, ...parseDetails(raw) }
}

function parseSelector(raw: Readonly<Record<string, unknown>>) {
  const given = SELECTORS.filter((member) => raw[member] !== undefined)
  const [member] = given
  if (member === undefined || given.length > 1)
    throw new SetupError(
      `Cannot set a revocation state: wanted one of ${SELECTORS.join(', ')}, found ${given.length}`,
    )
  if (member === 'authority')
    return { authority: oneOf(raw.authority, ISSUED_AUTHORITIES, 'authority') }
  const text = raw[member]
  if (typeof text !== 'string') throw wrong(member, `is ${JSON.stringify(text)}`, 'a text')
  return member === 'alias' ? { alias: text } : { serialNumber: normalSerialNumber(text) }
}

/** As OpenSSL, Go and browsers write them: either case, colons between the bytes, leading zeros. */
function normalSerialNumber(text: string): string {
  const digits = text.replaceAll(':', '').toLowerCase()
  if (!/^[0-9a-f]+$/.test(digits))
    throw wrong('serialNumber', `is ${JSON.stringify(text)}`, 'hexadecimal digits')
  return digits.replace(/^(00)+(?=.)/, '')
}

function parseDetails(raw: Readonly<Record<string, unknown>>) {
  const { reason, list } = raw
  return {
    ...(reason === undefined
      ? {}
      : { reason: oneOf(reason, keysOf(REVOCATION_REASONS), 'reason') }),
    ...optional('revokedAt', parseInstant(raw.revokedAt, 'revokedAt')),
    ...optional('invalidityDate', parseInstant(raw.invalidityDate, 'invalidityDate')),
    ...(list === undefined ? {} : { list: oneOf(list, REVOCATION_LISTS, 'list') }),
  }
}

function parseInstant(value: unknown, member: string): string | undefined {
  if (value === undefined) return undefined
  const instant = typeof value === 'string' ? new Date(value) : undefined
  if (instant === undefined || Number.isNaN(instant.getTime()))
    throw wrong(member, `is ${JSON.stringify(value)}`, 'an instant such as 2030-01-02T03:04:05Z')
  return instant.toISOString()
}

/** Serial numbers of the certificates that a change names. @throws {SetupError} where there are none */
export function chooseCertificates(
  change: RevocationChange,
  certificates: readonly IssuedCertificate[],
): readonly string[] {
  const [name, wanted] =
    'alias' in change
      ? (['alias', change.alias] as const)
      : 'authority' in change
        ? (['authority', change.authority] as const)
        : (['serialNumber', change.serialNumber] as const)
  const chosen = certificates.filter((certificate) => certificate[name] === wanted)
  if (chosen.length === 0)
    throw new SetupError(
      `Cannot set a revocation state: there is no certificate with ${name} ${JSON.stringify(wanted)}`,
    )
  return chosen.map(({ serialNumber }) => serialNumber)
}

/** What is kept of a certificate after a change. @param now - of a revocation that names no time */
export function recordAfter(
  serialNumber: string,
  { state, reason, revokedAt, invalidityDate, list }: RevocationChange,
  now: Date,
): RevocationRecord | undefined {
  if (state === 'good') return undefined
  if (state !== 'revoked') return { serialNumber, state }
  return {
    serialNumber,
    state,
    ...optional('reason', reason),
    revokedAt: revokedAt ?? now.toISOString(),
    ...optional('invalidityDate', invalidityDate),
    list: list ?? 'base',
  }
}

function oneOf<T extends string>(value: unknown, known: readonly T[], member: string): T {
  const found = known.find((candidate) => candidate === value)
  if (found !== undefined) return found
  throw wrong(member, `is ${JSON.stringify(value)}`, `one of ${known.join(', ')}`)
}

function keysOf<T extends string>(table: Readonly<Record<T, unknown>>): readonly T[] {
  return Object.keys(table) as T[]
}

function optional<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: T }
}

function wrong(member: string, found: string, wanted: string): SetupError {
  return new SetupError(`Cannot set a revocation state: ${member} ${found}, wanted ${wanted}`)
}
