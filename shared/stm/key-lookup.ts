// Which keypair a key id means: its UUID, or its alias, byte for byte.

import { isNotationError, NotationError } from '../errors.ts'
import { MAX_STM_PAGES } from '../limits.ts'
import type { StmClient } from './client.ts'
import type { Keypair } from './wire.ts'

/** A keypair and how it was found. */
export interface FoundKeypair {
  readonly keypair: Keypair
  /** From the keypair's own address, which tells all there is; a list may leave out certificates and chains. */
  readonly isComplete: boolean
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
/** Similar aliases that an error names. */
const MAX_HINTS = 3
/** Pages of all keypairs that are read for a hint: it is not worth more. */
const MAX_HINT_PAGES = 3

/**
 * Finds the keypair of a key id. One request; more for an alias that looks like a UUID, or that stands on a later page.
 *
 * @param keyId - a keypair's UUID or alias, as the caller wrote it
 * @throws {NotationError} `key-unknown` | as StmClient
 */
export async function findKeypair(client: StmClient, keyId: string): Promise<FoundKeypair> {
  if (UUID.test(keyId)) {
    // Written in lower case (RFC 9562 §4), read in any; an alias of that shape is looked up as it is.
    const keypair = await client.fetchKeypair(keyId.toLowerCase())
    if (keypair !== undefined) return { keypair: requireId(keypair, keyId), isComplete: true }
  }
  return { keypair: await findByAlias(client, keyId), isComplete: false }
}

/**
 * The keypair at its own address.
 *
 * @throws {NotationError} `key-unknown` | as StmClient
 */
export async function fetchKeypairById(client: StmClient, id: string): Promise<Keypair> {
  const keypair = await client.fetchKeypair(id)
  if (keypair === undefined) throw unknown(`there is no keypair with the id ${JSON.stringify(id)}`)
  return requireId(keypair, id)
}

// Whether the service's filter matches exactly, by substring or without case is not known: the match is made here.
async function findByAlias(client: StmClient, alias: string): Promise<Keypair> {
  for await (const keypairs of pages(client, alias, MAX_STM_PAGES)) {
    const [match, other] = keypairs.filter((keypair) => keypair.alias === alias)
    if (other !== undefined) {
      throw unknown(
        `several keypairs have the alias ${JSON.stringify(alias)}; use a keypair's UUID`,
      )
    }
    if (match !== undefined) return match
  }
  throw await unknownAlias(client, alias)
}

async function* pages(
  client: StmClient,
  alias: string | undefined,
  maxPages: number,
): AsyncGenerator<readonly Keypair[]> {
  let offset = 0
  for (let page = 0; page < maxPages; page++) {
    const { keypairs, total } = await client.fetchKeypairPage(alias, offset)
    yield keypairs
    offset += keypairs.length
    if (keypairs.length === 0 || total === undefined || offset >= total) return
  }
}

function requireId(keypair: Keypair, id: string): Keypair {
  if (keypair.id.toLowerCase() === id.toLowerCase()) return keypair
  throw new NotationError(
    'signer-answer-invalid',
    `failed to get keypair: Software Trust Manager answered with keypair ${JSON.stringify(keypair.id)}, asked for was ${JSON.stringify(id)}`,
  )
}

async function unknownAlias(client: StmClient, alias: string): Promise<NotationError> {
  const similar = await findSimilarAliases(client, alias)
  const found = `no keypair that you may see has the alias or id ${JSON.stringify(alias)}`
  return similar.length === 0
    ? unknown(`${found}; list yours with "smctl keypair list"`)
    : unknown(
        `${found}; aliases are case-sensitive: did you mean ${similar.map((name) => JSON.stringify(name)).join(' or ')}?`,
      )
}

/** Aliases that differ by case or surrounding white space only. What fails here must not hide the 404. */
async function findSimilarAliases(client: StmClient, alias: string): Promise<readonly string[]> {
  const similar: string[] = []
  try {
    for await (const keypairs of pages(client, undefined, MAX_HINT_PAGES)) {
      similar.push(
        ...keypairs.map((keypair) => keypair.alias).filter((other) => fold(other) === fold(alias)),
      )
    }
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
  }
  return similar.slice(0, MAX_HINTS)
}

function fold(alias: string): string {
  return alias.trim().toLowerCase()
}

function unknown(found: string): NotationError {
  return new NotationError('key-unknown', `failed to get keypair: 404 Not Found: ${found}`)
}
