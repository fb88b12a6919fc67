// Trusted identities by rules that go further than the reference implementation's, for certificates that its
// rules can match with nothing but `*`: those for extended validation, with several OUs, or without ST.
//
// What differs: any attribute may be named, by a name or by its object identifier; OU, street and DC may be named
// several times; ST may be left out; and the certificate's own attributes are compared, not what Go prints of them.
// What stays: an identity names C and O, every value that it names must stand in the leaf's subject, and is
// compared character by character.

import { quoteGo } from '../go-text.ts'
import type { Name } from '../x509/name.ts'
import { attributeTypeOf, findAttributeType, type ValueRule } from './attribute-types.ts'
import { type NamePart, readDistinguishedName } from './distinguished-name.ts'
import type { Subject, SubjectReading } from './subject.ts'

/**
 * An organisation's name is unique in its country at best, and a common name nowhere: less than both would trust
 * whoever else gets a certificate with it from a CA of the store. ST is another matter: not every country has any.
 */
const MANDATORY_TYPES = ['C', 'O'] as const

/** Which of a subject's values of a type count. With several where one is wanted none can be told to be meant. */
const COUNTED: Readonly<Record<ValueRule, (values: readonly string[]) => readonly string[]>> = {
  one: (values) => (values.length === 1 ? values : []),
  last: (values) => values.slice(-1),
  all: (values) => values,
}

/**
 * Reads an identity. No value is empty, and `+` joins attributes as `,` does.
 *
 * Every identity of the reference implementation's rules that names no other types than Go prints, and nothing empty, is
 * one by these, and matches every leaf that it matches there.
 */
export function readExtendedSubject(text: string): SubjectReading {
  const quoted = `distinguished name (DN) ${quoteGo(text)}`
  if (text.includes('=#'))
    return { problem: `unsupported ${quoted}: write values as text, not as "=#" and hexadecimal` }
  const reading = readDistinguishedName(text)
  if ('problem' in reading) return { problem: `parsing ${quoted} failed: ${reading.problem}` }
  const subject = new Map<string, readonly string[]>()
  for (const part of reading.names.flat()) {
    const problem = addPart(part, subject)
    if (problem !== undefined) return { problem: `${quoted} ${problem}` }
  }
  const missing = MANDATORY_TYPES.find((type) => !subject.has(type))
  if (missing === undefined) return { subject }
  const problem = `${quoted} has no ${quoteGo(missing)}, it must contain "C" and "O" at a minimum`
  return { problem, missing }
}

/** The subject of a certificate, without the values that cannot be told to be meant. */
export function subjectOfName({ attributes }: Name): Subject {
  const attributesByOid = Map.groupBy(attributes.flat(), ({ oid }) => oid)
  return new Map(
    [...attributesByOid].map(([oid, found]) => {
      const { name, rule } = attributeTypeOf(oid)
      return [name, COUNTED[rule](found.map(({ value }) => value))]
    }),
  )
}

function addPart(
  { type: written, value }: NamePart,
  subject: Map<string, readonly string[]>,
): string | undefined {
  const type = findAttributeType(written)
  if (type === undefined)
    return `has the attribute type ${quoteGo(written)}, which is not known; write its object identifier, such as "2.5.4.15"`
  if (value === '') return `has no value for ${quoteGo(written)}`
  const values = subject.get(type.name) ?? []
  if (values.length > 0 && type.rule !== 'all')
    return `has several values for ${quoteGo(written)}, of which only one can stand in a subject`
  subject.set(type.name, [...values, value])
  return undefined
}
