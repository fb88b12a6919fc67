// What callers without a token may have looked at. Signing is never among it.

import type { Deps } from './deps.ts'

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
