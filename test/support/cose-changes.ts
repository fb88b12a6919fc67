// Deviations of COSE envelopes, to be composed: each makes lists of raw members out of the usual ones.

import type { EnvelopeCase } from './envelope-cases.ts'
import type { CoseMembers, CoseOptions } from './envelopes.ts'
import { makeCose } from './envelopes.ts'
import { type RawMembers, rawArray, rawInteger, rawText } from './raw-cbor.ts'

/** One encoded member of a map. */
export type CoseMember = readonly [key: Uint8Array, value: Uint8Array]

/** Name, deviation, and why we are stricter than the reference where we are. */
export type CoseDeviation = readonly [name: string, options: CoseOptions, stricter?: string]

/** A member. */
export function member(label: string | number, value: Uint8Array): CoseMember {
  return [rawLabel(label), value]
}

/** The member that lists critical labels. */
export function crit(...labels: readonly (string | number)[]): CoseMember {
  return member(2, rawArray(...labels.map(rawLabel)))
}

/** The usual protected members with some in the place of others, and more behind them. */
export function changed(
  changes: Partial<CoseMembers>,
  ...more: readonly CoseMember[]
): (members: CoseMembers) => RawMembers {
  return (members) => [...Object.values({ ...members, ...changes }), ...more]
}

/** The usual protected members but one. */
export function without(name: keyof CoseMembers): (members: CoseMembers) => RawMembers {
  return (members) =>
    Object.entries(members)
      .filter(([key]) => key !== name)
      .map(([, value]) => value)
}

/** The usual unprotected members and more behind them. */
export function beside(...more: readonly CoseMember[]): (members: RawMembers) => RawMembers {
  return (members) => [...members, ...more]
}

/** The usual parts of the message with another in the place of one. */
export function part(
  index: number,
  value: Uint8Array,
): (parts: readonly Uint8Array[]) => readonly Uint8Array[] {
  return (parts) => parts.with(index, value)
}

/** Cases of deviations. */
export function coseCases(deviations: readonly CoseDeviation[]): readonly EnvelopeCase[] {
  return deviations.map(([name, options, stricter]) => ({
    name: `COSE: ${name}`,
    mediaType: 'application/cose',
    make: () => makeCose(options),
    ...(stricter === undefined ? {} : { stricter }),
  }))
}

function rawLabel(label: string | number): Uint8Array {
  return typeof label === 'number' ? rawInteger(label) : rawText(label)
}
