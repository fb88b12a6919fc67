// Trust policy documents for blobs, version 1.0: every rule of trust-store-trust-policy.md §Blob Trust
// Policy, refused in the words of notation-go's main branch; its v1.3.2 knows no such documents.

import { quoteGo } from '../go-text.ts'
import type { IdentityMatching } from './identity.ts'
import {
  invalidPolicy,
  type JsonMember,
  readBoolean,
  readList,
  readMembers,
  readText,
} from './policy-json.ts'
import {
  parseStatement,
  readStatement,
  type StatementText,
  type TrustPolicyStatement,
} from './statement.ts'

/** What is trusted for some blobs: those for which its name is given, or all others. */
export interface BlobTrustPolicyStatement extends TrustPolicyStatement {
  /** Decides where no name is given; one statement at most does. */
  readonly isGlobal: boolean
}

/** A document that obeys every rule. */
export interface BlobTrustPolicyDocument {
  /** At least one; no two share a name. */
  readonly statements: readonly BlobTrustPolicyStatement[]
}

interface BlobStatementText extends StatementText {
  readonly isGlobal: boolean
}

const VERSION = '1.0'
/** Told apart from the other policy of a trust bundle. */
const LIST = 'blobTrustPolicy.trustPolicies'

/**
 * Reads a trust policy document for blobs.
 *
 * Stricter than the reference implementation in one rule, which the specification has, and whose check in the reference
 * never finds anything: the global statement does not skip verification.
 *
 * @param json - the parsed JSON
 * @param matching - the rules for trusted identities
 * @throws {NotationError} `policy-invalid`
 */
export function parseBlobTrustPolicy(
  json: JsonMember,
  matching: IdentityMatching = 'reference',
): BlobTrustPolicyDocument {
  const members = readMembers(json, ['version', 'trustPolicies'], 'blobTrustPolicy')
  const version = readText(members.get('version'), 'blobTrustPolicy.version')
  const texts = readList(members.get('trustPolicies'), LIST).map(readBlobStatement)
  if (version === '')
    throw invalidPolicy('blob trust policy document has empty version, version must be specified')
  if (version !== VERSION)
    throw invalidPolicy(`blob trust policy document uses unsupported version ${quoteGo(version)}`)
  if (texts.length === 0)
    throw invalidPolicy('blob trust policy document can not have zero trust policy statements')
  const statements: BlobTrustPolicyStatement[] = []
  for (const text of texts) statements.push(parseBlobStatement(text, matching, statements))
  return { statements }
}

function readBlobStatement(value: JsonMember, index: number): BlobStatementText {
  const where = `${LIST}[${index}]`
  const isGlobal = readMembers(value, ['globalPolicy'], where).get('globalPolicy')
  // Scopes have no meaning here, as in the reference implementation.
  const text = { ...readStatement(value, where), registryScopes: [] }
  return { ...text, isGlobal: readBoolean(isGlobal, `${where}.globalPolicy`) }
}

function parseBlobStatement(
  text: BlobStatementText,
  matching: IdentityMatching,
  before: readonly BlobTrustPolicyStatement[],
): BlobTrustPolicyStatement {
  const { name, isGlobal } = text
  if (before.some((statement) => statement.name === name))
    throw invalidPolicy(
      `multiple blob trust policy statements use the same name ${quoteGo(name)}, statement names must be unique`,
    )
  const statement = { ...parseStatement(text, matching, 'blob trust policy'), isGlobal }
  if (!isGlobal) return statement
  if (before.some((other) => other.isGlobal))
    throw invalidPolicy(
      'multiple blob trust policy statements have globalPolicy set to true. Only one trust policy statement can be marked as global policy',
    )
  if (statement.signatureVerification.level.name === 'skip')
    throw invalidPolicy(
      'global blob trust policy statement cannot have verification level set to skip',
    )
  return statement
}
