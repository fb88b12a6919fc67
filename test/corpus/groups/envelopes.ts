// Envelopes with one deviation each, JWS and COSE. What deviates stands in test/support/jws-cases.ts and
// its COSE siblings; what notation-core-go says of each, in test/vectors/envelope.

import { readFileSync } from 'node:fs'
import { COSE_CASES } from '../../support/cose-cases.ts'
import { COSE_STRUCTURE_CASES } from '../../support/cose-structure-cases.ts'
import type { EnvelopeCase } from '../../support/envelope-cases.ts'
import { envelopeChain } from '../../support/envelopes.ts'
import { JWS_CASES } from '../../support/jws-cases.ts'
import {
  ARTIFACT,
  type DeclaredDifference,
  type Definition,
  policy,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'

/** Reasons that are rows of the table of differences; all others are about reading bytes. */
const ROWS: Readonly<Record<string, number>> = {
  'signature-specification.md §Extended attributes': 1,
  'RFC 7797 is not supported': 1,
  'signing-scheme.md: only valid with the other scheme': 11,
}

/** Envelopes that are good and are not verified: what they name is missing. */
const NOT_HELD: Readonly<Record<string, Definition['declared']>> = {
  'a verification plugin with a critical attribute of its own': rejected(
    'integrity',
    'plugin-required',
  ),
}

/** What notation-core-go accepts, and notation-go refuses for another artifact than was asked for. */
const REFUSED_LATER = [
  'a digest in another case',
  'a payload without descriptor',
  'a digest of an unknown algorithm',
  'a negative size',
]

/** Each envelope under a policy that lets its times pass, so that its form decides. */
export function envelopes(): readonly Definition[] {
  const accepted = readAccepted()
  const chain = envelopeChain()
  const bundle = {
    trustPolicy: policy({
      override: { authenticTimestamp: 'log', expiry: 'log' },
      trustStores: ['ca:acme', 'signingAuthority:acme'],
    }),
    trustStores: { 'ca:acme': [rootOf(chain)], 'signingAuthority:acme': [rootOf(chain)] },
  }
  return [...JWS_CASES, ...COSE_CASES, ...COSE_STRUCTURE_CASES].map((each) => {
    const [format = '', title = ''] = each.name.split(/: (.*)/)
    const isGood = accepted.has(each.name) && each.stricter === undefined
    return {
      group: `envelope-${format.toLowerCase()}`,
      title,
      shows: [`signature-envelope-${format.toLowerCase()}.md`, ...shownBy(each)],
      origin: 'builder',
      bundle,
      ...ARTIFACT,
      signatures: [signatureOf(each)],
      declared: NOT_HELD[title] ?? (isGood ? VERIFIED : rejected('integrity')),
      ...(REFUSED_LATER.includes(title) ? {} : differenceOf(each)),
    }
  })
}

function shownBy({ stricter }: EnvelopeCase): readonly string[] {
  if (stricter === undefined) return []
  return [ROWS[stricter] === undefined ? stricter : `row ${ROWS[stricter]}`]
}

function signatureOf({ mediaType, make }: EnvelopeCase) {
  return { mediaType, envelope: Buffer.from(make()).toString('base64') }
}

function differenceOf({ stricter }: EnvelopeCase): { readonly difference?: DeclaredDifference } {
  if (stricter === undefined) return {}
  const row = ROWS[stricter]
  return { difference: { ...(row === undefined ? {} : { row }), reason: stricter } }
}

/** The names that notation-core-go accepts. */
function readAccepted(): ReadonlySet<string> {
  const url = new URL('../../vectors/envelope/cases.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(url, 'utf8')) as {
    cases: readonly { name: string; error: string | null }[]
  }
  return new Set(cases.filter(({ error }) => error === null).map(({ name }) => name))
}
