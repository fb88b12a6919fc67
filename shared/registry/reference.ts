// References to artifacts in registries, `registry/repository:tag` and `registry/repository@digest`, read
// as notation reads them: no default registry, no default tag, no `library/`.

import { parseDigest } from '../digest.ts'
import { isNotationError, NotationError } from '../errors.ts'

/** Where an artifact lies; with a digest, a tag that was written beside it is dropped. */
export interface Reference {
  /** Host and, unless it is the default, port: `localhost:5000`. */
  readonly registry: string
  readonly repository: string
  readonly tag?: string
  /** `sha256:…`. */
  readonly digest?: string
}

/** Hosts, IPv4 addresses and bracketed IPv6 addresses, with a port or without. */
const REGISTRY = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/
/** The OCI distribution specification §Pulling manifests, in the reading of Docker and oras-go. */
const REPOSITORY =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
/** The specification bounds host and name together by 255. Twice that is lenient, and bounds the patterns' work. */
const MAX_NAME_CHARACTERS = 512

/** Whether a text is the name of a repository, without a host. */
export function isRepositoryName(text: string): boolean {
  return text.length <= MAX_NAME_CHARACTERS && REPOSITORY.test(text)
}

/** Whether a text is a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text)
}

/**
 * Reads a reference.
 *
 * @throws {NotationError} `reference-invalid`, with the reference implementation's words
 */
export function parseReference(text: string): Reference {
  const slash = text.indexOf('/')
  if (slash < 0) throw invalid(text, 'missing registry or repository')
  const registry = text.slice(0, slash)
  const [named = '', digest, ...more] = text.slice(slash + 1).split('@')
  const colon = named.indexOf(':')
  const repository = colon < 0 ? named : named.slice(0, colon)
  const tag = colon < 0 ? undefined : named.slice(colon + 1)
  if (registry.length > MAX_NAME_CHARACTERS || !REGISTRY.test(registry)) {
    throw invalid(text, `invalid registry ${JSON.stringify(registry)}`)
  }
  if (repository.length > MAX_NAME_CHARACTERS || !REPOSITORY.test(repository)) {
    throw invalid(text, `invalid repository ${JSON.stringify(repository)}`)
  }
  if (digest !== undefined) {
    checkDigest(text, [digest, ...more].join('@'))
    return { registry, repository, digest }
  }
  if (tag === undefined || tag === '') {
    const wanted = 'Expecting <registry>/<repo>:<tag> or <registry>/<repo>@<digest>'
    throw invalid(text, `no tag or digest. ${wanted}`)
  }
  if (!TAG.test(tag)) throw invalid(text, `invalid tag ${JSON.stringify(tag)}`)
  return { registry, repository, tag }
}

/** The text of a reference. */
export function encodeReference({ registry, repository, tag, digest }: Reference): string {
  if (digest !== undefined) return `${registry}/${repository}@${digest}`
  return tag === undefined ? `${registry}/${repository}` : `${registry}/${repository}:${tag}`
}

function checkDigest(text: string, digest: string): void {
  try {
    parseDigest(digest)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw invalid(text, `invalid digest ${JSON.stringify(digest)}`)
  }
}

function invalid(text: string, found: string): NotationError {
  return new NotationError(
    'reference-invalid',
    `Cannot read reference ${JSON.stringify(text)}: invalid reference: ${found}`,
  )
}
