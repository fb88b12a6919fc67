// Verification levels of trust policy statements, and what overrides make of them.

import { quoteGo } from '../go-text.ts'
import { invalidPolicy, type JsonMember, readMembers, readText } from './policy-json.ts'

/** What is verified, in the order in which the reference implementation's messages list it. */
export const VERIFICATION_TYPES = [
  'integrity',
  'authenticity',
  'authenticTimestamp',
  'expiry',
  'revocation',
] as const

/** One of the five verifications of a signature. */
export type VerificationType = (typeof VERIFICATION_TYPES)[number]

/** What a failed verification does. */
export const VERIFICATION_ACTIONS = ['enforce', 'log', 'skip'] as const

/** `enforce` rejects the signature, `log` only reports, `skip` does not verify. */
export type VerificationAction = (typeof VERIFICATION_ACTIONS)[number]

/** The name of a verification level; `custom` is any other with overrides. */
export type VerificationLevelName = 'strict' | 'permissive' | 'audit' | 'skip' | 'custom'

/** What a statement does about each verification. */
export interface VerificationLevel {
  readonly name: VerificationLevelName
  readonly actions: Readonly<Record<VerificationType, VerificationAction>>
}

/** When timestamps are verified: for each signature, or only where a certificate has expired. */
export type TimestampOption = 'always' | 'afterCertExpiry'

/** The `signatureVerification` of a statement. */
export interface SignatureVerification {
  readonly level: VerificationLevel
  readonly verifyTimestamp: TimestampOption
}

/** Trust-store-trust-policy.md §Signature Verification details, the table of levels. */
const LEVELS: ReadonlyMap<string, VerificationLevel> = new Map([
  level('strict', ['enforce', 'enforce', 'enforce', 'enforce', 'enforce']),
  level('permissive', ['enforce', 'enforce', 'log', 'log', 'log']),
  level('audit', ['enforce', 'log', 'log', 'log', 'log']),
  level('skip', ['skip', 'skip', 'skip', 'skip', 'skip']),
])

/** What people write when they mean an action: the guides speak of enforced and logged verifications. */
const MEANT_ACTIONS: ReadonlyMap<string, VerificationAction> = new Map([
  ['enforced', 'enforce'],
  ['logged', 'log'],
  ['skipped', 'skip'],
])

/** `signatureVerification` as it stands in the document: its types are right, no more. */
export interface SignatureVerificationText {
  readonly level: string
  readonly override: ReadonlyMap<string, string>
  readonly verifyTimestamp: string
}

/** Reads the types of a `signatureVerification`. */
export function readSignatureVerification(
  value: JsonMember,
  where: string,
): SignatureVerificationText {
  const members = readMembers(value, ['level', 'override', 'verifyTimestamp'], where)
  const override = readMembers(members.get('override'), [], `${where}.override`)
  return {
    level: readText(members.get('level'), `${where}.level`),
    override: new Map(
      [...override].map(([type, action]) => [type, readText(action, `${where}.override.${type}`)]),
    ),
    verifyTimestamp: readText(members.get('verifyTimestamp'), `${where}.verifyTimestamp`),
  }
}

/**
 * The level of a statement and when it verifies timestamps.
 *
 * @param where - begins each message, as the reference implementation's do
 * @throws {NotationError} `policy-invalid`
 * @see trust-store-trust-policy.md §Custom Verification Level
 */
export function parseSignatureVerification(
  text: SignatureVerificationText,
  where: string,
): SignatureVerification {
  const prefix = `${where} has invalid signatureVerification: `
  const level = parseLevel(text, prefix)
  const { verifyTimestamp } = text
  if (verifyTimestamp !== '' && !isTimestampOption(verifyTimestamp))
    throw invalidPolicy(
      `${prefix}verifyTimestamp must be "always" or "afterCertExpiry", but got ${quoteGo(verifyTimestamp)}`,
    )
  return { level, verifyTimestamp: verifyTimestamp === '' ? 'always' : verifyTimestamp }
}

function parseLevel({ level, override }: SignatureVerificationText, prefix: string) {
  if (level === '')
    throw invalidPolicy(
      `${prefix}signature verification level is empty or missing in the trust policy statement`,
    )
  const base = LEVELS.get(level)
  if (base === undefined)
    throw invalidPolicy(`${prefix}invalid signature verification level ${quoteGo(level)}`)
  if (override.size === 0) return base
  if (base.name === 'skip')
    throw invalidPolicy(
      `${prefix}signature verification level "skip" can't be used to customize signature verification`,
    )
  const actions = { ...base.actions }
  for (const [type, action] of override) {
    const [ofType, as] = parseOverride(type, action, prefix)
    actions[ofType] = as
  }
  return { name: 'custom', actions } as const
}

function parseOverride(
  type: string,
  action: string,
  prefix: string,
): readonly [VerificationType, VerificationAction] {
  if (!isOneOf(VERIFICATION_TYPES, type))
    throw invalidPolicy(
      `${prefix}verification type ${quoteGo(type)} in custom signature verification is not supported, supported values are ${quoteList(VERIFICATION_TYPES)}`,
    )
  if (!isOneOf(VERIFICATION_ACTIONS, action))
    throw invalidPolicy(
      `${prefix}verification action ${quoteGo(action)} in custom signature verification is not supported, supported values are ${quoteList(VERIFICATION_ACTIONS)}${remedyOf(action)}`,
    )
  if (type === 'integrity')
    throw invalidPolicy(
      `${prefix}"integrity" verification can not be overridden in custom signature verification`,
    )
  if (type !== 'revocation' && action === 'skip')
    throw invalidPolicy(
      `${prefix}${quoteGo(type)} verification can not be skipped in custom signature verification`,
    )
  return [type, action]
}

function remedyOf(action: string): string {
  const meant = MEANT_ACTIONS.get(action)
  return meant === undefined ? '' : `; write "${meant}"`
}

function level(
  name: Exclude<VerificationLevelName, 'custom'>,
  actions: readonly [
    VerificationAction,
    VerificationAction,
    VerificationAction,
    VerificationAction,
    VerificationAction,
  ],
): readonly [string, VerificationLevel] {
  const [integrity, authenticity, authenticTimestamp, expiry, revocation] = actions
  return [
    name,
    { name, actions: { integrity, authenticity, authenticTimestamp, expiry, revocation } },
  ]
}

function isTimestampOption(text: string): text is TimestampOption {
  return text === 'always' || text === 'afterCertExpiry'
}

function isOneOf<T extends string>(values: readonly T[], text: string): text is T {
  return values.some((value) => value === text)
}

/** A list of strings as Go's `%q` prints it. */
function quoteList(values: readonly string[]): string {
  return `[${values.map(quoteGo).join(' ')}]`
}
