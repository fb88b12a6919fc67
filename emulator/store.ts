// The keypairs of a running emulator and the signatures it has made. Signatures live in memory only.

import { randomUUID } from 'node:crypto'
import type { Keypair } from './keypair.ts'
import { MAX_KEPT_SIGNATURES } from './limits.ts'
import type { Profile } from './profiles.ts'

/** A signature as `GET signatures/{id}` knows it. */
export interface KeptSignature {
  readonly id: string
  readonly keypairId: string
  readonly signatureAlgorithm: string
  /** Base64, as the client sent it. */
  readonly hash: string
  /** Base64. */
  readonly signature: string
  readonly createdOn: string
}

/** Keypairs with these numbers in front of the wanted alias push it to page 2 of DEFAULT_PAGE_ITEMS. */
const DECOYS = 20

/** Keypairs and signatures. */
export class Store {
  #keypairs: readonly Keypair[]
  readonly #signatures = new Map<string, KeptSignature>()
  readonly #decoys = new Map<string, readonly Keypair[]>()
  readonly #keep: (keypairs: readonly Keypair[]) => Promise<void>

  /** @param keep - called with all keypairs after each change, where they outlive the process */
  constructor(keypairs: readonly Keypair[], keep: (keypairs: readonly Keypair[]) => Promise<void>) {
    this.#keypairs = keypairs
    this.#keep = keep
  }

  /** Keypairs that there are under a profile, oldest first. */
  keypairs(profile: Profile): readonly Keypair[] {
    return this.#keypairs
      .filter((keypair) => keypair.onlyIn === undefined || profile.has(keypair.onlyIn))
      .map((keypair) =>
        profile.has('no-certificate') ? { ...keypair, certificates: [] } : keypair,
      )
  }

  /** All keypairs, whatever the profile shows of them. */
  everyKeypair(): readonly Keypair[] {
    return this.#keypairs
  }

  /** Keypairs whose alias contains `text`, case-blind, behind enough others that contain it too. */
  keypairsContaining(text: string, profile: Profile): readonly Keypair[] {
    const wanted = text.toLowerCase()
    const found = this.keypairs(profile).filter(({ alias }) => alias.toLowerCase().includes(wanted))
    const [first] = found
    return first === undefined ? [] : [...this.#decoysOf(first, text), ...found]
  }

  /** The keypair with this id. */
  keypair(id: string, profile: Profile): Keypair | undefined {
    const decoys = profile.has('substring-filter') ? [...this.#decoys.values()].flat() : []
    return [...this.keypairs(profile), ...decoys].find((keypair) => keypair.id === id)
  }

  /** Adds a keypair; resolves when it is kept. */
  add(keypair: Keypair): Promise<void> {
    this.#keypairs = [...this.#keypairs, keypair]
    return this.#keep(this.#keypairs)
  }

  addSignature(signature: Omit<KeptSignature, 'id'>): KeptSignature {
    const kept = { id: randomUUID(), ...signature }
    this.#signatures.set(kept.id, kept)
    const [oldest] = this.#signatures.keys()
    if (this.#signatures.size > MAX_KEPT_SIGNATURES && oldest !== undefined)
      this.#signatures.delete(oldest)
    return kept
  }

  signature(id: string): KeptSignature | undefined {
    return this.#signatures.get(id)
  }

  /** Other keypairs, with the key of `like` but none of its certificates, whose alias contains `text`. */
  #decoysOf(like: Keypair, text: string): readonly Keypair[] {
    const known = this.#decoys.get(text)
    if (known !== undefined) return known
    const decoys = Array.from({ length: DECOYS }, (_, index) => ({
      ...like,
      id: randomUUID(),
      alias: `${text}-${index + 1}`,
      certificates: [],
    }))
    this.#decoys.set(text, decoys)
    return decoys
  }
}
