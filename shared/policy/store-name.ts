// Names of trust stores as policies and bundles write them: `ca:acme`.

import { quoteGo } from '../go-text.ts'
import { invalidPolicy } from './policy-json.ts'

/** `ca` vouches for signers, `signingAuthority` for signing authorities, `tsa` for timestamp authorities. */
export const TRUST_STORE_TYPES = ['ca', 'signingAuthority', 'tsa'] as const

/** The kind of a trust store. */
export type TrustStoreType = (typeof TRUST_STORE_TYPES)[number]

/** A trust store's type and its name. */
export interface TrustStoreName {
  readonly type: TrustStoreType
  readonly name: string
}

const NAME = /^[a-zA-Z0-9_.-]+$/

/** `ca:acme`. */
export function formatStoreName({ type, name }: TrustStoreName): string {
  return `${type}:${name}`
}

/**
 * Reads `<type>:<name>`.
 *
 * @param where - begins each message
 * @throws {NotationError} `policy-invalid`
 * @see trust-store-trust-policy.md §Trust Store
 */
export function parseStoreName(text: string, where: string): TrustStoreName {
  const colon = text.indexOf(':')
  if (colon === -1)
    throw invalidPolicy(
      `${where} has malformed trust store value ${quoteGo(text)}. The required format is <TrustStoreType>:<TrustStoreName>`,
    )
  const typeText = text.slice(0, colon)
  const name = text.slice(colon + 1)
  const type = TRUST_STORE_TYPES.find((candidate) => candidate === typeText)
  if (type === undefined)
    throw invalidPolicy(
      `${where} uses an unsupported trust store type ${quoteGo(typeText)} in trust store value ${quoteGo(text)}`,
    )
  if (!NAME.test(name))
    throw invalidPolicy(
      `${where} uses an unsupported trust store name ${quoteGo(name)} in trust store value ${quoteGo(text)}. Named store name needs to follow [a-zA-Z0-9_.-]+ format`,
    )
  return { type, name }
}
