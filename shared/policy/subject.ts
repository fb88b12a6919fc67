// A certificate subject as trusted identities name it: the Notary Project's rules on distinguished
// names, and when one subject covers another. Rules that go further are left to extended-subject.ts.
// Sources: trust-store-trust-policy.md §Trusted Identities Constraints, notation-go v1.3.2 internal/pkix.

import { quoteGo } from '../go-text.ts'
import { readDistinguishedName } from './distinguished-name.ts'

/**
 * Values by attribute type. By the reference implementation's rules the type is as it was typed, except that `S` is `ST`,
 * and has one value; an absent value equals an empty one.
 */
export type Subject = ReadonlyMap<string, readonly string[]>

/** Attribute types that each subject has to have. */
const MANDATORY_TYPES = ['C', 'ST', 'O'] as const

/** Either the subject, or why there is none, in the reference implementation's words. */
export type SubjectReading =
  | { readonly subject: Subject }
  | {
      readonly problem: string
      /** The mandatory attribute that is absent, where that is all that is wrong. */
      readonly missing?: string
    }

const MINIMUM = "'C', 'ST' or 'S', and 'O' RDN attributes at a minimum"

/** Reads a distinguished name and applies the rules. */
export function readSubject(text: string): SubjectReading {
  const quoted = quoteGo(text)
  if (text.includes('=#'))
    return {
      problem: `unsupported distinguished name (DN) ${quoted}: notation does not support x509.subject identities containing "=#"`,
    }
  const reading = readDistinguishedName(text)
  if ('problem' in reading)
    return {
      problem: `parsing distinguished name (DN) ${quoted} failed with err: ${reading.problem}. A valid DN must contain ${MINIMUM}, and follow RFC 4514 standard`,
    }
  const subject = new Map<string, readonly string[]>()
  for (const [part, ...others] of reading.names) {
    if (part === undefined || others.length > 0)
      return {
        problem: `distinguished name (DN) ${quoted} has multi-valued RDN attributes, remove multi-valued RDN attributes as they are not supported`,
      }
    const type = part.type === 'S' ? 'ST' : part.type
    if (isNamed(subject, type))
      return {
        problem: `distinguished name (DN) ${quoted} has duplicate RDN attribute for ${quoteGo(type)}, DN can only have unique RDN attributes`,
      }
    subject.set(type, [part.value])
  }
  const missing = MANDATORY_TYPES.find((type) => !isNamed(subject, type))
  if (missing === undefined) return { subject }
  return {
    problem: `distinguished name (DN) ${quoted} has no mandatory RDN attribute for ${quoteGo(missing)}, it must contain ${MINIMUM}`,
    missing,
  }
}

/** Whether every attribute of `a` stands with the same values in `b`; case matters. */
export function isSubsetOf(a: Subject, b: Subject): boolean {
  return [...a].every(([type, values]) => {
    const others = b.get(type) ?? ['']
    return values.every((value) => others.includes(value))
  })
}

/** Subjects as Go's `%q` prints a slice of maps. */
export function quoteSubjects(subjects: readonly Subject[]): string {
  const maps = subjects.map((subject) => {
    const entries = [...subject].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return `map[${entries.map(([type, values]) => `${quoteGo(type)}:${quoteGo(values.join('+'))}`).join(' ')}]`
  })
  return `[${maps.join(' ')}]`
}

function isNamed(subject: Subject, type: string): boolean {
  return subject.get(type)?.some((value) => value !== '') === true
}
