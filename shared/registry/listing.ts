// What a registry has: its repositories and their tags, page by page (OCI distribution specification v1.1 §Content
// Discovery; the catalogue is Docker's, which many registries do not answer).

import { NotationError } from '../errors.ts'
import { type JsonValue, parseJson } from '../json.ts'
import { isJsonObject, isJsonTexts } from '../json-shape.ts'
import { MAX_MANIFEST_BYTES } from '../limits.ts'
import type { Answer } from './exchange.ts'
import { isRepositoryName, isTag } from './reference.ts'
import { refusal } from './refusal.ts'
import type { Transport } from './transport.ts'

/** One page of names. */
export interface ListingPage {
  readonly names: readonly string[]
  /** Where the next page begins; undefined: there is none. */
  readonly last: string | undefined
}

const IS_NAME = { tags: isTag, repositories: isRepositoryName } as const
/** Names on one page: a page of long ones is 30 KiB. */
const PAGE_SIZE = 100

/**
 * A page of the tags of a repository.
 *
 * @param last - of the page before
 * @throws {NotationError} `artifact-unknown` for a repository that is not there; `registry-answer-invalid`; the codes of
 *   refusal and exchange
 */
export async function listTags(
  repository: string,
  last: string | undefined,
  transport: Transport,
): Promise<ListingPage> {
  const action = `list the tags of "${repository}"`
  const url = `/v2/${repository}/tags/list${queryOf(last)}`
  const answer = await ask(url, repository, transport)
  if (answer.status !== 200) throw refusal(action, answer)
  return readPage(answer, 'tags', last, action)
}

/**
 * A page of the repositories of a registry.
 *
 * @returns undefined where the registry has no catalogue
 * @throws {NotationError} `registry-answer-invalid`; the codes of refusal and exchange
 */
export async function listRepositories(
  last: string | undefined,
  transport: Transport,
): Promise<ListingPage | undefined> {
  const action = 'list the repositories'
  const answer = await ask(`/v2/_catalog${queryOf(last)}`, undefined, transport)
  if (answer.status === 404 || answer.status === 405) return undefined
  if (answer.status !== 200) throw refusal(action, answer)
  return readPage(answer, 'repositories', last, action)
}

function queryOf(last: string | undefined): string {
  return `?n=${PAGE_SIZE}${last === undefined ? '' : `&last=${encodeURIComponent(last)}`}`
}

function ask(url: string, repository: string | undefined, transport: Transport): Promise<Answer> {
  const access = repository === undefined ? 'catalog' : 'pull'
  return transport({
    method: 'GET',
    url,
    repository: repository ?? '',
    access,
    maxBytes: MAX_MANIFEST_BYTES,
  })
}

/** A page that is not full may still have a next one: the Link header alone says so (RFC 8288). */
function readPage(
  { bytes, headers, url }: Answer,
  member: 'tags' | 'repositories',
  before: string | undefined,
  action: string,
): ListingPage {
  const names = readNames(bytes, member, action)
  const [, target] = /<([^<>]*)>[^<>]*;\s*rel="?next"?/i.exec(headers.get('link') ?? '') ?? []
  const next = target === undefined ? null : URL.parse(target, url)
  const last = next === null ? undefined : (next.searchParams.get('last') ?? names.at(-1))
  // A registry that ignores `last` gives the same page for ever.
  if (last !== undefined && last === before)
    throw invalid(action, `the page after "${before}" leads to itself`)
  // Names become parts of paths: what is none could lead a request elsewhere on the registry.
  return { names: names.filter(IS_NAME[member]), last }
}

function readNames(bytes: Uint8Array, member: string, action: string): readonly string[] {
  let document: JsonValue
  try {
    document = parseJson(bytes)
  } catch (cause) {
    throw invalid(action, 'its answer is not well-formed JSON', cause)
  }
  // Registries written in Go write null for none.
  const names = isJsonObject(document) ? (document[member] ?? []) : undefined
  if (isJsonTexts(names)) return names
  throw invalid(action, `its answer has no list "${member}"`)
}

function invalid(action: string, found: string, cause?: unknown): NotationError {
  return new NotationError('registry-answer-invalid', `Cannot ${action}: ${found}`, { cause })
}
