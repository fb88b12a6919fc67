// What callers without a token may have looked at. Signing is never among it.

import { NotationError } from '../shared/errors.ts'
import type { Deps } from './deps.ts'
import { ANONYMOUS_PERIOD_SECONDS, MAX_ANONYMOUS_REGISTRY_REQUESTS } from './limits.ts'

/** Whether some signatures are anybody's to look at: else a request without a token is not worth reading. */
export function mayAnyoneVerify(deps: Deps): boolean {
  const registries = [...deps.configuration.registries.values()]
  return (
    mayAnyoneVerifyEnvelopes(deps) ||
    registries.some(({ publicRepositories }) => publicRepositories.length > 0)
  )
}

/** Whether signatures that come with the request are. */
export function mayAnyoneVerifyEnvelopes({ configuration, listensOnLoopback }: Deps): boolean {
  return listensOnLoopback || configuration.anonymousVerifyByEnvelope
}

/**
 * Refuses a request without a token from where too many come.
 *
 * @throws {NotationError} `caller-throttled`
 */
export async function refuseCrowd({ admitAnonymous }: Pick<Deps, 'admitAnonymous'>): Promise<void> {
  if (admitAnonymous === undefined || (await admitAnonymous())) return
  throw new NotationError(
    'caller-throttled',
    'Cannot answer now: too many requests without a token come from there; try again later, or with a token',
    { retryAfterSeconds: ANONYMOUS_PERIOD_SECONDS },
  )
}

/**
 * A fetch for what one request without a token asks of a registry, MAX_ANONYMOUS_REGISTRY_REQUESTS times.
 *
 * An index with a hundred children, each with a list of pages and signatures, would otherwise turn one small request of
 * anybody's into a thousand of ours.
 *
 * @throws {NotationError} `caller-unauthenticated`, of the call that is one too many
 */
export function limitFetch(fetch: Deps['fetch']): Deps['fetch'] {
  let left = MAX_ANONYMOUS_REGISTRY_REQUESTS
  return async (input, init) => {
    if (left === 0)
      throw new NotationError(
        'caller-unauthenticated',
        `Cannot look at all of it without a token: it takes more than ${MAX_ANONYMOUS_REGISTRY_REQUESTS} requests to the registry; send a token that grants "verify" for the repository, or ask for less`,
      )
    left -= 1
    return fetch(input, init)
  }
}
