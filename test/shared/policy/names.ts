// Names of certificates, written as Go prints them or as attributes, without DER.

import { readDistinguishedName } from '../../../shared/policy/distinguished-name.ts'
import type { Name } from '../../../shared/x509/name.ts'

/** The attribute types that Go prints by name. */
export const OIDS: Readonly<Record<string, string>> = {
  SERIALNUMBER: '2.5.4.5',
  CN: '2.5.4.3',
  OU: '2.5.4.11',
  O: '2.5.4.10',
  POSTALCODE: '2.5.4.17',
  STREET: '2.5.4.9',
  L: '2.5.4.7',
  ST: '2.5.4.8',
  C: '2.5.4.6',
}

/** A name of attributes, each by a name of OIDS or by its object identifier. */
export function nameWith(...attributes: readonly (readonly [type: string, value: string])[]): Name {
  const raw = new Uint8Array()
  return {
    raw,
    attributes: attributes.map(([type, value]) => [{ oid: OIDS[type] ?? type, value, raw }]),
  }
}

/** A name of a text; what `+` joins stands in a part of its own. */
export function nameOf(text: string): Name {
  const reading = readDistinguishedName(text)
  if ('problem' in reading) throw new Error(reading.problem)
  return nameWith(...reading.names.flat().map(({ type, value }) => [type, value] as const))
}
