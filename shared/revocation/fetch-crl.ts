// Downloads a CRL and the delta CRL that it points to. What they prove is checked in crl-bundle.ts.

import { CRL_TIMEOUT_MS, MAX_CRL_BYTES } from '../limits.ts'
import { type Crl, parseCrl } from './crl.ts'
import type { CrlBundle } from './crl-bundle.ts'
import {
  type FetchDependencies,
  fetchRevocation,
  type RevocationAnswer,
} from './fetch-revocation.ts'
import { orMalformed } from './malformed.ts'

/** What CRL downloads take from the world. */
export interface CrlFetchDependencies extends FetchDependencies {
  /** CRL_TIMEOUT_MS unless given. */
  readonly crlTimeoutMs?: number
}

/**
 * Fetches the bundle of a distribution point.
 *
 * The delta is tried at the base's URLs in order until one has it; where all fail there is no bundle.
 *
 * @returns the bundle, unproven, or why there is none, in the words of notation-core-go v1.3.0
 */
export async function fetchCrlBundle(
  url: string,
  dependencies: CrlFetchDependencies,
): Promise<CrlBundle | string> {
  if (url === '') return 'CRL URL cannot be empty'
  const base = await fetchCrl(url, dependencies)
  if (typeof base === 'string') return `failed to retrieve CRL: ${base}`
  let delta: Crl | string | undefined
  for (const deltaUrl of base.freshestCrlUrls ?? []) {
    delta = await fetchCrl(deltaUrl, dependencies)
    if (typeof delta !== 'string') break
  }
  if (typeof delta === 'string') return `failed to retrieve CRL: ${delta}`
  return { base, delta }
}

async function fetchCrl(text: string, dependencies: CrlFetchDependencies): Promise<Crl | string> {
  const url = URL.parse(text)
  if (url === null) return 'invalid CRL URL'
  const { crlTimeoutMs: timeoutMs = CRL_TIMEOUT_MS } = dependencies
  // The reference refuses one of exactly the limit too.
  const request = { method: 'GET', url, timeoutMs, maxBytes: MAX_CRL_BYTES - 1 } as const
  const answer = await fetchRevocation(request, dependencies)
  return answer.kind === 'body' ? orMalformed(() => parseCrl(answer.body)) : describeFailure(answer)
}

function describeFailure(answer: Exclude<RevocationAnswer, { readonly kind: 'body' }>): string {
  switch (answer.kind) {
    case 'status':
      return `failed to download with status code: ${answer.status}`
    case 'timeout':
      return `request failed: no whole answer within ${answer.timeoutMs} ms`
    case 'too-large':
      return `CRL size exceeds the limit: ${MAX_CRL_BYTES}`
    case 'scheme':
      return `unsupported scheme: ${answer.scheme}. Only supports CRL URL in HTTP protocol`
    case 'failure':
      return answer.reason
  }
}
