// Which registries this API speaks to, and with whose credentials: an allow-list, so that neither a caller
// nor a trust policy scope can make it speak to another host.

import type { Descriptor } from '../shared/descriptor.ts'
import { NotationError } from '../shared/errors.ts'
import { createRegistry, type Registry } from '../shared/registry/client.ts'
import { parseReference, type Reference } from '../shared/registry/reference.ts'
import { limitFetch } from './anonymous-access.ts'
import type { Caller } from './callers.ts'
import { ANY } from './configuration-schema.ts'
import type { Deps } from './deps.ts'

/**
 * Reads the reference of a request; its text is not repeated in the error, because it comes from the caller.
 *
 * @throws {NotationError} `reference-invalid`
 */
export function readReference(text: string): Reference {
  try {
    return parseReference(text)
  } catch (cause) {
    const wanted = '<registry>/<repository>:<tag> or <registry>/<repository>@<digest>'
    throw new NotationError(
      'reference-invalid',
      `Cannot read the reference: it is not of the form ${wanted}`,
      { cause },
    )
  }
}

/** `host/repository`, as grants and trust policy scopes write it. */
export function repositoryOf(reference: Reference): string {
  return `${reference.registry}/${reference.repository}`
}

/** An artifact as answers name it. */
export interface Artifact {
  /** `host/repository@digest`, whatever it was asked for by. */
  readonly reference: string
  readonly descriptor: Descriptor
}

/**
 * The artifact of a reference and what it was resolved to, or came with.
 *
 * @throws {NotationError} `request-invalid` where the reference has another digest
 */
export function artifactOf(reference: Reference, descriptor: Descriptor): Artifact {
  if (reference.digest !== undefined && reference.digest !== descriptor.digest) {
    throw new NotationError(
      'request-invalid',
      'Cannot use the request: the digest of "artifactReference" is not the descriptor\'s',
    )
  }
  return { reference: `${repositoryOf(reference)}@${descriptor.digest}`, descriptor }
}

/**
 * A client for the reference's registry, with our credentials.
 *
 * @throws {NotationError} `registry-not-allowed` for a host that is not configured
 */
export function registryOf(reference: Reference, deps: Deps): Registry {
  return clientOf(reference, deps, true)
}

/**
 * A client to read signatures with: our credentials where the caller may use this repository, none where it is public.
 * For a caller without a token it makes MAX_ANONYMOUS_REGISTRY_REQUESTS requests at most.
 *
 * @throws {NotationError} `registry-not-allowed`; `artifact-unknown` for a repository that this caller must not see
 */
export function readableRegistryOf(
  reference: Reference,
  caller: Caller | undefined,
  deps: Deps,
): Registry {
  const repository = repositoryOf(reference)
  const granted =
    caller?.grant.permissions.includes('verify') === true &&
    caller.grant.repositories.some((name) => name === ANY || name === repository)
  if (granted) return clientOf(reference, deps, true)
  const access = deps.configuration.registries.get(reference.registry)
  if (access?.publicRepositories.includes(reference.repository) === true)
    return clientOf(reference, caller === undefined ? limited(deps) : deps, false)
  if (caller === undefined)
    throw new NotationError(
      'caller-unauthenticated',
      'Cannot read this repository: it is not public, and no token was sent',
    )
  throw new NotationError('artifact-unknown', 'Cannot find this artifact')
}

function limited(deps: Deps): Deps {
  return { ...deps, fetch: limitFetch(deps.fetch) }
}

function clientOf(
  reference: Reference,
  { configuration, fetch, crypto, findCredentials }: Deps,
  usesCredentials: boolean,
): Registry {
  const access = configuration.registries.get(reference.registry)
  if (access === undefined) {
    throw new NotationError(
      'registry-not-allowed',
      'Cannot speak to this registry: it is not in CONFIG setting "registries"',
    )
  }
  const { host, plainHttp, trustedRealms } = access
  const credentials = access.credentials ?? (() => findCredentials(host))
  return createRegistry({
    host,
    plainHttp,
    trustedRealms,
    fetch,
    crypto,
    ...(usesCredentials ? { credentials } : {}),
  })
}
