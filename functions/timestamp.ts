// Timestamps of signatures that were just made: from an authority that CONFIG names, asked again where that can
// help, because the signature behind it is spent already.

import { isNotationError, NotationError } from '../shared/errors.ts'
import type { SignArtifactDeps } from '../shared/sign/sign-artifact.ts'
import { fetchTimestamp, type TimestampOrder } from '../shared/timestamp/client.ts'
import type { TimestampAuthority } from './configuration.ts'
import type { Deps } from './deps.ts'
import { MAX_TIMESTAMP_ATTEMPTS, TIMESTAMP_BACKOFF_MS } from './limits.ts'
import { toNotationError } from './problem.ts'

/**
 * Asks the configured authority of this name; a URL never comes from a caller.
 *
 * @param attempts - 1 where whoever asks comes again by itself
 * @throws {NotationError} `request-invalid` for another name
 */
export function timestampFrom(
  name: string,
  deps: Deps,
  attempts = MAX_TIMESTAMP_ATTEMPTS,
): NonNullable<SignArtifactDeps['timestamp']> {
  const authority = deps.configuration.timestampAuthorities.get(name)
  if (authority === undefined)
    throw new NotationError(
      'request-invalid',
      'Cannot timestamp: "timestampAuthority" is no name of CONFIG setting "timestampAuthorities"',
    )
  return (hash, signature) => askAgain(authority, { hash, signature }, attempts, deps)
}

/** A request for a timestamp can be repeated: it costs nothing, and the answers are worth the same. */
async function askAgain(
  { url, roots }: TimestampAuthority,
  imprinted: Pick<TimestampOrder, 'hash' | 'signature'>,
  attempts: number,
  { fetch, crypto, now, createRevocationChecker, metrics }: Deps,
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    // Of each attempt: what is unknown now may be known then.
    const { check } = createRevocationChecker()
    try {
      const token = await fetchTimestamp(
        { url, roots, ...imprinted },
        {
          fetch,
          crypto,
          now,
          checkRevocation: (chain) => check({ chain, purpose: 'timestamping' }),
        },
      )
      metrics?.count('stm_notary_timestamp_requests_total', { outcome: 'done' })
      return token
    } catch (cause) {
      const outcome = toNotationError(cause).code
      metrics?.count('stm_notary_timestamp_requests_total', { outcome })
      const isPassing = isNotationError(cause, 'timestamp-unavailable')
      if (!isPassing || attempt === attempts) throw cause
      await new Promise((resolve) => setTimeout(resolve, TIMESTAMP_BACKOFF_MS * attempt))
    }
  }
}
