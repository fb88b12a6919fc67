// Lists the signatures of an artifact: through the referrers API, page by page, or through the tag schema
// where the registry has none (OCI distribution specification v1.1 §Listing Referrers).

import type { Descriptor } from '../descriptor.ts'
import { NotationError } from '../errors.ts'
import { MAX_MANIFEST_BYTES, MAX_REFERRERS_PAGES } from '../limits.ts'
import { type ContentDeps, mediaTypeOf } from './content.ts'
import type { Answer } from './exchange.ts'
import { OCI_IMAGE_INDEX } from './media-types.ts'
import { parseReferrersIndex, referrersOfType } from './referrers-index.ts'
import { fetchTaggedIndex, possibleReferrersTags } from './referrers-tag.ts'
import { ociErrorCode, refusal } from './refusal.ts'
import { SIGNATURE_ARTIFACT_TYPE } from './signature-manifest.ts'

/**
 * The manifests of an artifact's signatures, each once, in the registry's order.
 *
 * @param subjectDigest - of the artifact, `sha256:…`
 * @throws {NotationError} `artifact-unknown` for a repository that is not there; `registry-answer-invalid` for a list
 *   that cannot be read; the codes of refusal and exchange
 */
export async function* listSignatures(
  repository: string,
  subjectDigest: string,
  deps: ContentDeps,
): AsyncGenerator<Descriptor, void, undefined> {
  const seen = new Set<string>()
  for await (const manifest of listReferrers(repository, subjectDigest, deps)) {
    if (seen.has(manifest.digest)) continue
    seen.add(manifest.digest)
    yield manifest
  }
}

/**
 * Whether the registry has the referrers API for this artifact, of which it has sent `OCI-Subject`.
 *
 * That header alone does not say so: there are registries that send it and have no such API (sigstore-js#1183). Nor
 * does one answer say that there is none, which may have been a proxy's: a list under the referrers tag hides what
 * some registries list by themselves (olareg), so another one is asked for.
 *
 * @throws {NotationError} the codes of refusal and exchange
 */
export async function hasReferrersApi(
  repository: string,
  subjectDigest: string,
  deps: ContentDeps,
): Promise<boolean> {
  const known = deps.memory(repository)
  while (known.hasReferrersApi !== true && !known.isAbsenceConfirmed) {
    const answer = await requestPage(firstPage(repository, subjectDigest), repository, deps)
    if (isReferrersAnswer(answer)) {
      known.hasReferrersApi = true
    } else if (lacksReferrersApi(answer)) {
      known.isAbsenceConfirmed = known.hasReferrersApi === false
      known.hasReferrersApi = false
    } else {
      throw refusal(`list the signatures of "${repository}@${subjectDigest}"`, answer)
    }
  }
  return known.hasReferrersApi === true
}

async function* listReferrers(
  repository: string,
  subjectDigest: string,
  deps: ContentDeps,
): AsyncGenerator<Descriptor, void, undefined> {
  const known = deps.memory(repository)
  if (known.hasReferrersApi === false) {
    yield* listTagged(repository, subjectDigest, deps)
    return
  }
  let answer = await requestPage(firstPage(repository, subjectDigest), repository, deps)
  if (lacksReferrersApi(answer)) {
    // What it had a moment ago it has still: this is about the one artifact, or somebody else's answer.
    known.hasReferrersApi ??= false
    yield* listTagged(repository, subjectDigest, deps)
    return
  }
  if (isReferrersAnswer(answer)) known.hasReferrersApi = true
  const action = `list the signatures of "${repository}@${subjectDigest}"`
  for (let pages = 1; ; pages++) {
    if (!isReferrersAnswer(answer)) throw refusal(action, answer)
    const { manifests } = parseReferrersIndex(answer.bytes, 'the list of referrers')
    // The registry may have filtered or not (OCI-Filters-Applied): filtering again gives the same.
    yield* referrersOfType(manifests, SIGNATURE_ARTIFACT_TYPE)
    const next = nextPage(answer)
    if (next === undefined) return
    if (pages === MAX_REFERRERS_PAGES || next.origin !== answer.url.origin) {
      const found =
        next.origin === answer.url.origin ? `more than ${pages} pages` : 'a page elsewhere'
      throw new NotationError('registry-answer-invalid', `Cannot ${action}: there is ${found}`)
    }
    answer = await requestPage(next, repository, deps)
  }
}

async function* listTagged(
  repository: string,
  subjectDigest: string,
  deps: ContentDeps,
): AsyncGenerator<Descriptor, void, undefined> {
  for (const tag of possibleReferrersTags(subjectDigest)) {
    const index = await fetchTaggedIndex(repository, tag, subjectDigest, deps)
    yield* referrersOfType(index?.manifests ?? [], SIGNATURE_ARTIFACT_TYPE)
  }
}

function firstPage(repository: string, subjectDigest: string): string {
  const artifactType = encodeURIComponent(SIGNATURE_ARTIFACT_TYPE)
  return `/v2/${repository}/referrers/${subjectDigest}?artifactType=${artifactType}`
}

function requestPage(
  url: string | URL,
  repository: string,
  { transport }: ContentDeps,
): Promise<Answer> {
  return transport({
    method: 'GET',
    url,
    repository,
    access: 'pull',
    headers: { accept: OCI_IMAGE_INDEX },
    maxBytes: MAX_MANIFEST_BYTES,
  })
}

function isReferrersAnswer(answer: Answer): boolean {
  return answer.status === 200 && mediaTypeOf(answer) === OCI_IMAGE_INDEX
}

/** 404 for any reason but an unknown repository, or an answer that is no index, as of a catch-all page. */
function lacksReferrersApi(answer: Answer): boolean {
  if (answer.status === 404) return ociErrorCode(answer) !== 'NAME_UNKNOWN'
  return answer.status === 200 && mediaTypeOf(answer) !== OCI_IMAGE_INDEX
}

/** The target of `Link: <…>; rel="next"` (RFC 8288), relative to the page. */
function nextPage({ headers, url }: Answer): URL | undefined {
  const links = headers.get('link') ?? ''
  const [, target] = /<([^<>]*)>[^<>]*;\s*rel="?next"?/i.exec(links) ?? []
  return target === undefined ? undefined : (URL.parse(target, url) ?? undefined)
}
