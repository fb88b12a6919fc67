// The trusted identities of a trust policy statement: read from the document, and matched against a
// signing certificate's subject, by one of two sets of rules.

import { quoteGo } from '../go-text.ts'
import { formatName, type Name } from '../x509/name.ts'
import { readExtendedSubject, subjectOfName } from './extended-subject.ts'
import { invalidPolicy } from './policy-json.ts'
import {
  isSubsetOf,
  quoteSubjects,
  readSubject,
  type Subject,
  type SubjectReading,
} from './subject.ts'

/** The reference implementation's rules, or those that go further. */
export type IdentityMatching = 'reference' | 'extended'

/** Whose signatures a statement trusts. */
export interface TrustedIdentities {
  /** True for `*`: whoever a trust store vouches for. */
  readonly any: boolean
  /** The `x509.subject` identities. Other kinds are meant for verification plugins and match nothing here. */
  readonly subjects: readonly Subject[]
  /** The rules by which the subjects were read, and are matched. */
  readonly matching: IdentityMatching
}

/** How identities and the leaf are read; what is compared then is the same. */
interface IdentityRules {
  readonly readIdentity: (text: string) => SubjectReading
  readonly readLeaf: (name: Name) => SubjectReading
  readonly remedyFor: (missing: string) => string
}

interface SubjectIdentity {
  readonly text: string
  readonly subject: Subject
}

const WILDCARD = '*'
const WILDCARD_ONLY =
  'the certificate matches no identity but "*", which trusts whomever the trust stores vouch for'
const SUBJECT_PREFIX = 'x509.subject'

const RULES: Readonly<Record<IdentityMatching, IdentityRules>> = {
  reference: {
    readIdentity: readSubject,
    // Through the same reader as the identities: a leaf with an attribute that Go does not know by name, with two
    // values of one type, or without C, ST or O matches nothing but `*`.
    readLeaf: (name) => readSubject(formatName(name)),
    // The guide's own sample has no ST.
    remedyFor: (missing) =>
      `; write the subject as "notation inspect" shows it under "issued to"; where it has no ${missing} there, ${WILDCARD_ONLY}`,
  },
  extended: {
    readIdentity: readExtendedSubject,
    readLeaf: (name) => ({ subject: subjectOfName(name) }),
    remedyFor: () => '',
  },
}

/**
 * Reads the `trustedIdentities` of a statement.
 *
 * @param where - `trust policy statement "<name>"`, which begins each message
 * @throws {NotationError} `policy-invalid`
 * @see trust-store-trust-policy.md §Trusted Identities Constraints
 */
export function parseTrustedIdentities(
  identities: readonly string[],
  where: string,
  matching: IdentityMatching = 'reference',
): TrustedIdentities {
  if (identities.length > 1 && identities.includes(WILDCARD))
    throw invalidPolicy(
      `${where} uses a wildcard trusted identity '*', a wildcard identity cannot be used in conjunction with other values`,
    )
  const parsed = identities
    .map((identity) => parseIdentity(identity, where, RULES[matching]))
    .filter((identity) => identity !== undefined)
  refuseOverlap(parsed, where)
  const subjects = parsed.map(({ subject }) => subject)
  return { any: identities.includes(WILDCARD), subjects, matching }
}

/**
 * Checks a signing certificate's subject against the trusted identities.
 *
 * @param statement - its name, for the messages
 * @returns undefined when it is trusted, else why not
 */
export function checkTrustedIdentity(
  { any, subjects, matching }: TrustedIdentities,
  name: Name,
  statement: string,
): string | undefined {
  if (any) return undefined
  if (subjects.length === 0)
    return `no x509 trusted identities are configured in the trust policy ${quoteGo(statement)}`
  const reading = RULES[matching].readLeaf(name)
  if ('problem' in reading)
    return `error while parsing the certificate subject from the digital signature. error : ${quoteGo(reading.problem)}; ${WILDCARD_ONLY}`
  if (subjects.some((trusted) => isSubsetOf(trusted, reading.subject))) return undefined
  return `signing certificate from the digital signature does not match the X.509 trusted identities ${quoteSubjects(subjects)} defined in the trust policy ${quoteGo(statement)}; the subject looked for is ${quoteGo(formatName(name))}`
}

function parseIdentity(
  text: string,
  where: string,
  { readIdentity, remedyFor }: IdentityRules,
): SubjectIdentity | undefined {
  if (text === '') throw invalidPolicy(`${where} has an empty trusted identity`)
  if (text === WILDCARD) return undefined
  const whereIdentity = `${where} has trusted identity ${quoteGo(text)}`
  const colon = text.indexOf(':')
  if (colon === -1) throw invalidPolicy(`${whereIdentity} missing separator`)
  if (text.slice(0, colon) !== SUBJECT_PREFIX) return undefined
  const name = text.slice(colon + 1)
  if (name === '') throw invalidPolicy(`${whereIdentity} without an identity value`)
  const reading = readIdentity(name)
  if ('subject' in reading) return { text, subject: reading.subject }
  const remedy = reading.missing === undefined ? '' : remedyFor(reading.missing)
  throw invalidPolicy(`${whereIdentity} with invalid identity value: ${reading.problem}${remedy}`)
}

function refuseOverlap(identities: readonly SubjectIdentity[], where: string): void {
  for (const a of identities)
    for (const b of identities)
      if (a !== b && isSubsetOf(a.subject, b.subject))
        throw invalidPolicy(
          `${where} has overlapping x509 trustedIdentities, ${quoteGo(a.text)} overlaps with ${quoteGo(b.text)}`,
        )
}
