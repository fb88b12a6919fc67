// Keeps what changes of a world while it runs, one writing after the other.

import type { World } from './world.ts'

/** What changes. */
export type WorldChange = Partial<Pick<World, 'keypairs' | 'revocations'>>

/** The last state of a world, and the writing of it. */
export class WorldKeeper {
  #world: World
  readonly #write: (world: World) => Promise<void>
  /** The last writing: the next waits for it, so that no older state overwrites a newer one. */
  #writing: Promise<void> = Promise.resolve()

  /** @param write - called with the whole world after each change */
  constructor(world: World, write: (world: World) => Promise<void>) {
    this.#world = world
    this.#write = write
  }

  /** Takes a change over; resolves when it is written. */
  keep(change: WorldChange): Promise<void> {
    this.#world = { ...this.#world, ...change }
    const written = this.#writing.then(() => this.#write(this.#world))
    // What failed is its caller's to hear of, not the next one's.
    this.#writing = written.catch(() => {})
    return written
  }
}
