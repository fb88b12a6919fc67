// Trust policy documents that are refused, and which statement decides for a reference. The documents
// are those of test/vectors/policy, written by hand.

import { readFileSync } from 'node:fs'
import type { JsonValue } from '../../../shared/json.ts'
import { makeJws, TARGET_ARTIFACT } from '../../support/envelopes.ts'
import {
  ARTIFACT,
  type Definition,
  jws,
  longChain,
  refused,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'

interface DocumentVector {
  readonly name: string
  readonly document: JsonValue
  readonly error: string | null
  readonly stricter?: string
}

interface SelectionVector {
  readonly name: string
  readonly document: JsonValue
  readonly reference: string
  readonly statement?: string
  readonly error?: string
}

const chain = longChain({ length: 2 })
const signatures = [jws(makeJws({ chain }))]
const trustStores = { 'ca:acme': [rootOf(chain)] }
const skipEverywhere = /skips signature verification for registry scope/

/** Documents that we refuse, each with the sentence of notation-go where it refuses too. */
export function policies(): readonly Definition[] {
  const vectors = readVectors<DocumentVector>('documents.json')
  return vectors
    .filter(({ error, stricter }) => error !== null || stricter !== undefined)
    .map(({ name, document, stricter }) => ({
      group: 'policy',
      title: name,
      shows: [
        ...(stricter !== undefined && skipEverywhere.test(stricter) ? ['row 8'] : []),
        'trust-store-trust-policy.md §OCI Trust Policy',
      ],
      origin: 'hand-written',
      bundle: { trustPolicy: document, trustStores },
      ...ARTIFACT,
      signatures,
      declared: refused('policy-invalid'),
      ...(stricter === undefined ? {} : { difference: differenceOf(stricter) }),
    }))
}

function differenceOf(stricter: string) {
  return skipEverywhere.test(stricter)
    ? { row: 8, reason: 'level skip with the scope *' }
    : { reason: 'a trust policy that says what cannot be meant' }
}

/** References and the statement that decides about each, if any. */
export function selections(): readonly Definition[] {
  const vectors = readVectors<SelectionVector>('selections.json')
  return vectors
    .filter(({ reference }) => reference !== '')
    .map(({ name, document, reference, statement, error = '' }, index) => ({
      group: 'selection',
      name: `${index + 1} ${name.replace(/@sha256:[0-9a-f]+/, '')}`,
      title: name,
      shows: ['trust-store-trust-policy.md §Selecting a trust policy'],
      origin: 'hand-written',
      bundle: { trustPolicy: document, trustStores },
      reference: reference.replace(/@[^@]*$/, `@${TARGET_ARTIFACT.digest}`),
      descriptor: TARGET_ARTIFACT,
      signatures,
      declared: declaredOf(statement, error),
    }))
}

function declaredOf(statement: string | undefined, error: string): Definition['declared'] {
  if (statement !== undefined) return VERIFIED
  return error.includes('has no applicable trust policy')
    ? rejected('artifact', 'statement-missing')
    : refused('reference-invalid')
}

function readVectors<T>(file: string): readonly T[] {
  const url = new URL(`../../vectors/policy/${file}`, import.meta.url)
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: readonly T[] }).cases
}
