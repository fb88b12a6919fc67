// One statement of a trust policy document: its members and the rules that concern it alone. Rules
// across statements and on registry scopes are left to document.ts.

import { quoteGo } from '../go-text.ts'
import {
  type IdentityMatching,
  parseTrustedIdentities,
  type TrustedIdentities,
} from './identity.ts'
import {
  parseSignatureVerification,
  readSignatureVerification,
  type SignatureVerification,
  type SignatureVerificationText,
} from './levels.ts'
import { invalidPolicy, type JsonMember, readMembers, readText, readTexts } from './policy-json.ts'
import { parseStoreName, type TrustStoreName } from './store-name.ts'

/** What is trusted for the artifacts of some repositories. */
export interface TrustPolicyStatement {
  readonly name: string
  /** `*` alone, or `domain/repository` each; none in policies for blobs. */
  readonly registryScopes: readonly string[]
  readonly signatureVerification: SignatureVerification
  /** Empty for level skip only. */
  readonly trustStores: readonly TrustStoreName[]
  readonly trustedIdentities: TrustedIdentities
}

/** A statement as it stands in the document: its types are right, no more. */
export interface StatementText {
  readonly name: string
  readonly registryScopes: readonly string[]
  readonly signatureVerification: SignatureVerificationText
  readonly trustStores: readonly string[]
  readonly trustedIdentities: readonly string[]
}

const MEMBERS = [
  'name',
  'registryScopes',
  'signatureVerification',
  'trustStores',
  'trustedIdentities',
] as const

/** Reads the types of a statement's members. */
export function readStatement(value: JsonMember, where: string): StatementText {
  const members = readMembers(value, MEMBERS, where)
  const texts = (name: (typeof MEMBERS)[number]): readonly string[] =>
    readTexts(members.get(name), `${where}.${name}`)
  return {
    name: readText(members.get('name'), `${where}.name`),
    registryScopes: texts('registryScopes'),
    signatureVerification: readSignatureVerification(
      members.get('signatureVerification'),
      `${where}.signatureVerification`,
    ),
    trustStores: texts('trustStores'),
    trustedIdentities: texts('trustedIdentities'),
  }
}

/**
 * A statement that obeys the rules which concern it alone; its registry scopes are taken as they are.
 *
 * @param matching - the rules for trusted identities
 * @param policy - what the reference implementation calls the policy, at the head of each message
 * @throws {NotationError} `policy-invalid`
 * @see trust-store-trust-policy.md §Trust Policy Properties
 */
export function parseStatement(
  text: StatementText,
  matching: IdentityMatching,
  policy: 'trust policy' | 'blob trust policy' = 'trust policy',
): TrustPolicyStatement {
  const { name, registryScopes } = text
  if (name === '')
    throw invalidPolicy(
      `${policy}: a trust policy statement is missing a name, every statement requires a name`,
    )
  const where = `${policy}: trust policy statement ${quoteGo(name)}`
  const signatureVerification = parseSignatureVerification(text.signatureVerification, where)
  refuseMisplacedTrust(text, signatureVerification, where)
  return {
    name,
    registryScopes,
    signatureVerification,
    trustStores: text.trustStores.map((store) => parseStoreName(store, where)),
    trustedIdentities: parseTrustedIdentities(text.trustedIdentities, where, matching),
  }
}

/** Stores and identities stand together, and only where something is verified. */
function refuseMisplacedTrust(
  { trustStores, trustedIdentities }: StatementText,
  { level }: SignatureVerification,
  where: string,
): void {
  const isSkip = level.name === 'skip'
  const hasStores = trustStores.length > 0
  const hasIdentities = trustedIdentities.length > 0
  if (isSkip && (hasStores || hasIdentities))
    throw invalidPolicy(
      `${where} is set to skip signature verification but configured with trust stores and/or trusted identities, remove them if signature verification needs to be skipped`,
    )
  if (!isSkip && !(hasStores && hasIdentities))
    throw invalidPolicy(
      `${where} is either missing trust stores or trusted identities, both must be specified`,
    )
}
