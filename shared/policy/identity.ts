// The trusted identities of a trust policy statement: read from the document, and matched against a
// signing certificate's subject as the reference implementation matches it.

import { quoteGo } from '../go-text.ts'
import { invalidPolicy } from './policy-json.ts'
import { isSubsetOf, quoteSubjects, readSubject, type Subject } from './subject.ts'

/** Whose signatures a statement trusts. */
export interface TrustedIdentities {
  /** True for `*`: whoever a trust store vouches for. */
  readonly any: boolean
  /** The `x509.subject` identities. Other kinds are meant for verification plugins and match nothing here. */
  readonly subjects: readonly Subject[]
}

interface SubjectIdentity {
  readonly text: string
  readonly subject: Subject
}

const WILDCARD = '*'
const WILDCARD_ONLY =
  'the certificate matches no identity but "*", which trusts whomever the trust stores vouch for'
const SUBJECT_PREFIX = 'x509.subject'

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
): TrustedIdentities {
  if (identities.length > 1 && identities.includes(WILDCARD))
    throw invalidPolicy(
      `${where} uses a wildcard trusted identity '*', a wildcard identity cannot be used in conjunction with other values`,
    )
  const parsed = identities
    .map((identity) => parseIdentity(identity, where))
    .filter((identity) => identity !== undefined)
  refuseOverlap(parsed, where)
  return { any: identities.includes(WILDCARD), subjects: parsed.map(({ subject }) => subject) }
}

/**
 * Checks a signing certificate's subject against the trusted identities.
 *
 * @param subject - as Go prints it (formatName): it goes through the same reader as the identities,
 *   so a subject with an attribute that Go does not know by name, with two values of one type, or
 *   without C, ST or O matches nothing but `*`
 * @param statement - its name, for the messages
 * @returns undefined when it is trusted, else why not
 */
export function checkTrustedIdentity(
  identities: TrustedIdentities,
  subject: string,
  statement: string,
): string | undefined {
  if (identities.any) return undefined
  if (identities.subjects.length === 0)
    return `no x509 trusted identities are configured in the trust policy ${quoteGo(statement)}`
  const reading = readSubject(subject)
  if ('problem' in reading)
    return `error while parsing the certificate subject from the digital signature. error : ${quoteGo(reading.problem)}; ${WILDCARD_ONLY}`
  if (identities.subjects.some((trusted) => isSubsetOf(trusted, reading.subject))) return undefined
  return `signing certificate from the digital signature does not match the X.509 trusted identities ${quoteSubjects(identities.subjects)} defined in the trust policy ${quoteGo(statement)}; the subject looked for is ${quoteGo(subject)}`
}

function parseIdentity(text: string, where: string): SubjectIdentity | undefined {
  if (text === '') throw invalidPolicy(`${where} has an empty trusted identity`)
  if (text === WILDCARD) return undefined
  const whereIdentity = `${where} has trusted identity ${quoteGo(text)}`
  const colon = text.indexOf(':')
  if (colon === -1) throw invalidPolicy(`${whereIdentity} missing separator`)
  if (text.slice(0, colon) !== SUBJECT_PREFIX) return undefined
  const name = text.slice(colon + 1)
  if (name === '') throw invalidPolicy(`${whereIdentity} without an identity value`)
  const reading = readSubject(name)
  if ('subject' in reading) return { text, subject: reading.subject }
  throw invalidPolicy(
    `${whereIdentity} with invalid identity value: ${reading.problem}${remedyOf(reading.missing)}`,
  )
}

function refuseOverlap(identities: readonly SubjectIdentity[], where: string): void {
  for (const a of identities)
    for (const b of identities)
      if (a !== b && isSubsetOf(a.subject, b.subject))
        throw invalidPolicy(
          `${where} has overlapping x509 trustedIdentities, ${quoteGo(a.text)} overlaps with ${quoteGo(b.text)}`,
        )
}

/** The guide's own sample has no ST. */
function remedyOf(missing: string | undefined): string {
  if (missing === undefined) return ''
  return `; write the subject as "notation inspect" shows it under "issued to"; where it has no ${missing} there, ${WILDCARD_ONLY}`
}
