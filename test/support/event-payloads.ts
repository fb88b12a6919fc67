// Events of test/vectors/events, by the type of source that they are for.

import { readdirSync, readFileSync } from 'node:fs'
import type { AuthMethod } from '../../functions/events/source-auth.ts'
import type { SourceType } from '../../functions/events/source-type.ts'
import {
  SOURCE_TYPE_NAMES,
  SOURCE_TYPES,
  type SourceTypeName,
} from '../../functions/events/source-types.ts'

const FOLDER = new URL('../vectors/events/', import.meta.url)

/** What has to be looked at. */
export interface WantedLook {
  readonly repository: string
  readonly digest?: string
  readonly tag?: string
}

/** A request as a sender makes it, and what has to come of it. */
export interface EventPayload {
  /** Where the request comes from. */
  readonly source: string
  /** Host of the source; the tests' own where it is left out. */
  readonly registry?: string
  /** Globs of the source's repositories; all where they are left out. */
  readonly repositories?: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly expect:
    | { readonly looks: readonly WantedLook[]; readonly ignored: Readonly<Record<string, number>> }
    | { readonly status: number; readonly answer: object }
}

/** All of one type, by their file names. */
export interface TypePayloads {
  readonly name: SourceTypeName
  readonly type: SourceType
  /** One that needs no issuer of tokens. */
  readonly method: AuthMethod
  readonly payloads: readonly { readonly name: string; readonly payload: EventPayload }[]
}

/** Reads them, for every type. */
export function readEventPayloads(): readonly TypePayloads[] {
  return SOURCE_TYPE_NAMES.map((name) => {
    const type: SourceType = SOURCE_TYPES[name]
    const method = type.authMethods.find((one) => one !== 'google' && one !== 'entra') ?? 'path'
    const payloads = readdirSync(new URL(`${name}/`, FOLDER)).map((file) => ({
      name: file,
      payload: JSON.parse(readFileSync(new URL(`${name}/${file}`, FOLDER), 'utf8')),
    }))
    return { name, type, method, payloads }
  })
}
