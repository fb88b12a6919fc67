// Sources of events as CONFIG has them, each checked against its type. Host and repositories of what may be
// looked at come from here, never from an event.

import { createGlobMatcher } from '../glob.ts'
import { invalidSetting } from '../invalid-setting.ts'
import type { SourceAuth } from './source-auth.ts'
import type { SourceDocument } from './source-schema.ts'
import type { SourceType } from './source-type.ts'
import { SOURCE_TYPES, type SourceTypeName } from './source-types.ts'

/** A source. */
export interface EventSource {
  readonly name: string
  readonly typeName: SourceTypeName
  readonly type: SourceType
  /** One of CONFIG setting `registries`. */
  readonly registry: string
  /** Whether a repository, without the host, is the source's. */
  readonly matchesRepository: (repository: string) => boolean
  readonly auth: SourceAuth
  /** Who may ask with OPTIONS whether it may send; empty where the type knows no such question. */
  readonly origins: readonly string[]
}

/**
 * Checks the sources.
 *
 * @param hasRegistry - whether CONFIG setting `registries` has a host
 * @returns sources by their names
 * @throws {NotationError} `configuration-invalid`, naming the setting
 */
export function assembleSources(
  documents: readonly SourceDocument[],
  hasRegistry: (host: string) => boolean,
): ReadonlyMap<string, EventSource> {
  const sources = new Map<string, EventSource>()
  for (const [i, document] of documents.entries()) {
    const setting = `sources.${i}`
    if (sources.has(document.name))
      throw invalidSetting(`${setting}.name`, 'is that of an entry before it')
    if (!hasRegistry(document.registry))
      throw invalidSetting(`${setting}.registry`, 'is no host of "registries"')
    sources.set(document.name, assembleSource(document, setting))
  }
  return sources
}

function assembleSource(document: SourceDocument, setting: string): EventSource {
  const { name, type: typeName, registry, repositories, auth, origins } = document
  const type: SourceType = SOURCE_TYPES[typeName]
  if (!type.authMethods.includes(auth.method))
    throw invalidSetting(
      `${setting}.auth.method`,
      `does not go with type "${typeName}", which has ${type.authMethods.join(', ')}`,
    )
  const named = repositories.findIndex((glob) => glob.startsWith(`${registry}/`))
  if (named !== -1)
    throw invalidSetting(`${setting}.repositories.${named}`, "must be without the registry's host")
  if (origins !== undefined && type.origins === undefined)
    throw invalidSetting(`${setting}.origins`, `does not go with type "${typeName}"`)
  return {
    name,
    typeName,
    type,
    registry,
    matchesRepository: createGlobMatcher(repositories),
    auth,
    origins: origins ?? type.origins ?? [],
  }
}
