// What callers without a token may have looked at. Signing is never among it.

import { NotationError } from '../shared/errors.ts'
import type { Deps } from './deps.ts'
import { ANONYMOUS_PERIOD_SECONDS } from './limits.ts'

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
