// What the moment of verification decides: the second of an expiry, and the last second of a certificate.
// The reference cannot be asked, as its clock cannot be set.

import type { ChainOptions } from '../../support/certificates.ts'
import { type JwsOptions, makeJws } from '../../support/envelopes.ts'
import {
  ARTIFACT,
  type Declared,
  type Definition,
  jws,
  longChain,
  policy,
  rejected,
  rootOf,
  VERIFIED,
} from '../definition.ts'

const EDGE = '2031-01-01T00:00:00Z'
const BEFORE = '2030-12-31T23:59:59.999Z'
const AFTER = '2031-01-01T00:00:00.001Z'
const SCHEME = 'io.cncf.notary.signingScheme'
const EXPIRY = 'io.cncf.notary.expiry'

const EXPIRED = rejected('expiry', 'signature-expired')
const NOT_VALID = rejected('authenticTimestamp', 'certificate-not-valid')

interface Clocked {
  readonly header?: JwsOptions['header']
  readonly chain?: ChainOptions
}

const EXPIRING: Clocked = { header: { [EXPIRY]: EDGE, crit: [SCHEME, EXPIRY] } }
const ENDING: Clocked = { chain: { leaf: { notAfter: new Date(EDGE) } } }
const BEGINNING: Clocked = { chain: { leaf: { notBefore: new Date(EDGE) } } }

type Row = readonly [title: string, at: string, options: Clocked, declared: Declared]

const ROWS: readonly Row[] = [
  ['before the expiry', BEFORE, EXPIRING, VERIFIED],
  ['at the expiry', EDGE, EXPIRING, EXPIRED],
  ['behind the expiry', AFTER, EXPIRING, EXPIRED],
  ['before the end of the leaf', BEFORE, ENDING, VERIFIED],
  ['at the end of the leaf', EDGE, ENDING, VERIFIED],
  ['behind the end of the leaf', AFTER, ENDING, NOT_VALID],
  ['before the begin of the leaf', BEFORE, BEGINNING, NOT_VALID],
  ['at the begin of the leaf', EDGE, BEGINNING, VERIFIED],
]

/** Each side of each edge. */
export function clocks(): readonly Definition[] {
  return ROWS.map(([title, at, { header, chain: options }, declared]) => {
    const chain = longChain(options)
    return {
      group: 'clock',
      title,
      shows: [title.endsWith('expiry') ? 'row 9' : 'trust-store-trust-policy.md §Steps'],
      origin: 'builder',
      bundle: { trustPolicy: policy(), trustStores: { 'ca:acme': [rootOf(chain)] } },
      ...ARTIFACT,
      at,
      signatures: [jws(makeJws({ chain, ...(header === undefined ? {} : { header }) }))],
      declared,
    }
  })
}
