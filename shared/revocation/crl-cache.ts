// CRLs kept from one verification to the next, by the URL of the base. Whether one is still in force
// is decided by whoever asks; OCSP answers are never kept.

import type { MaybePromise } from '../crypto.ts'
import { MAX_CRL_CACHE_BYTES } from '../limits.ts'
import type { VerifiedCrlBundle } from './crl-bundle.ts'

/** A store of bundles. One that fails rejects; then the CRL is fetched as if it was not there. */
export interface CrlCache {
  get(url: string): MaybePromise<VerifiedCrlBundle | undefined>
  /** Keeps a bundle until there is a newer one under the URL, or no room. */
  set(url: string, bundle: VerifiedCrlBundle): MaybePromise<void>
}

/**
 * A cache in memory.
 *
 * @param maxBytes - of lists and indices together; what was asked for longest ago goes first, and a
 *   bundle that is larger alone is not kept
 */
export function createCrlCache(maxBytes: number = MAX_CRL_CACHE_BYTES): CrlCache {
  const bundles = new Map<string, VerifiedCrlBundle>()
  let bytes = 0
  const remove = (url: string): void => {
    const bundle = bundles.get(url)
    if (bundle === undefined) return
    bundles.delete(url)
    bytes -= sizeOf(bundle)
  }
  return {
    get: (url) => {
      const bundle = bundles.get(url)
      if (bundle === undefined) return undefined
      // A Map keeps the order in which keys were put in.
      bundles.delete(url)
      bundles.set(url, bundle)
      return bundle
    },
    set: (url, bundle) => {
      remove(url)
      const size = sizeOf(bundle)
      if (size > maxBytes) return
      bundles.set(url, bundle)
      bytes += size
      for (const oldest of bundles.keys()) {
        if (bytes <= maxBytes) break
        remove(oldest)
      }
    },
  }
}

function sizeOf({ base, delta, baseIndex, deltaIndex }: VerifiedCrlBundle): number {
  return (
    base.raw.length +
    (delta?.raw.length ?? 0) +
    baseIndex.slots.byteLength +
    (deltaIndex?.slots.byteLength ?? 0)
  )
}
