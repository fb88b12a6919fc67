// Which claims of a verified token make it a caller's. A claim is compared whole and with its type: there are
// no patterns, and a list in a token fits nothing, because whether one or all of its members count is not said.

import type { JsonObject } from '../shared/json.ts'

/** What a claim can be compared with. */
export type ClaimValue = string | number | boolean

/** Rules that hold together: every wanted claim has one of its values, every refused one has none of its own. */
export interface ClaimRules {
  readonly wanted: ReadonlyMap<string, readonly ClaimValue[]>
  readonly refused: ReadonlyMap<string, readonly ClaimValue[]>
}

/** The name of the first claim that breaks the rules; undefined when they hold. A claim that is not there breaks them. */
export function checkClaims(
  { wanted, refused }: ClaimRules,
  claims: JsonObject,
): string | undefined {
  for (const [name, values] of wanted) if (!hasOneOf(claims, name, values)) return name
  for (const [name, values] of refused)
    if (typeof claims[name] !== 'string' || hasOneOf(claims, name, values)) return name
  return undefined
}

function hasOneOf(claims: JsonObject, name: string, values: readonly ClaimValue[]): boolean {
  return values.some((value) => value === claims[name])
}
