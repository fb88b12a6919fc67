// Chains that were found fit to sign code, kept by their bytes: reading them again and verifying their signatures
// again could find nothing else. What depends on a clock, on trust or on revocation is decided afresh each time.

import type { KeySpecEntry } from '../algorithm.ts'
import { equalBytes } from '../bytes.ts'
import { MAX_CACHED_CHAIN_BYTES, MAX_CACHED_CHAINS } from '../limits.ts'
import type { Certificate } from './certificate.ts'

/** A chain that verifyCodeSigningChain has passed without a time. */
export interface FitChain {
  /** Leaf first, root last. */
  readonly chain: readonly Certificate[]
  /** Of the leaf. */
  readonly keySpec: KeySpecEntry
}

/** A store of chains. */
export interface ChainCache {
  /** The chain of these certificates, DER, leaf first, byte for byte. */
  find(certificates: readonly Uint8Array[]): FitChain | undefined
  /** Keeps a chain. Only for one that a trust store vouches for: else anybody could push out the others. */
  keep(fit: FitChain): void
}

/** How much is kept. */
export interface ChainCacheLimits {
  /** MAX_CACHED_CHAINS unless given. */
  readonly maxChains?: number
  /** Of the certificates' DER; MAX_CACHED_CHAIN_BYTES unless given. */
  readonly maxBytes?: number
}

/** The end of a certificate is its signature, whose last bytes tell certificates apart. */
const KEY_BYTES = 8

/** A store in memory; what was asked for longest ago goes first. */
export function createChainCache({
  maxChains = MAX_CACHED_CHAINS,
  maxBytes = MAX_CACHED_CHAIN_BYTES,
}: ChainCacheLimits = {}): ChainCache {
  const kept = new Map<string, FitChain>()
  let bytes = 0
  const remove = (key: string): void => {
    const fit = kept.get(key)
    if (fit === undefined) return
    kept.delete(key)
    bytes -= sizeOf(fit)
  }
  return {
    find(certificates) {
      const [leaf] = certificates
      if (leaf === undefined) return undefined
      const key = keyOf(leaf)
      const fit = kept.get(key)
      if (fit === undefined || !isSameChain(fit, certificates)) return undefined
      // A Map keeps the order in which keys were put in.
      kept.delete(key)
      kept.set(key, fit)
      return fit
    },
    keep(fit) {
      const [leaf] = fit.chain
      if (leaf === undefined) return
      const key = keyOf(leaf.raw)
      if (kept.get(key)?.chain === fit.chain) return
      remove(key)
      kept.set(key, fit)
      bytes += sizeOf(fit)
      for (const oldest of kept.keys()) {
        if (kept.size <= maxChains && bytes <= maxBytes) break
        remove(oldest)
      }
    },
  }
}

function keyOf(leaf: Uint8Array): string {
  return String.fromCharCode(...leaf.subarray(-KEY_BYTES))
}

function isSameChain({ chain }: FitChain, certificates: readonly Uint8Array[]): boolean {
  return (
    chain.length === certificates.length &&
    chain.every(({ raw }, i) => equalBytes(raw, certificates[i] ?? new Uint8Array()))
  )
}

function sizeOf({ chain }: FitChain): number {
  return chain.reduce((sum, { raw }) => sum + raw.length, 0)
}
