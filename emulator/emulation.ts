// What all handlers of one emulator share.

import type { FaultSchedule } from './faults.ts'
import type { Journal } from './journal.ts'
import type { Profile } from './profiles.ts'
import type { RevocationBook } from './revocation-book.ts'
import type { Store } from './store.ts'
import type { World } from './world.ts'

/** One running emulated service. */
export interface Emulation {
  readonly world: Omit<World, 'keypairs' | 'revocations'>
  readonly store: Store
  readonly revocations: RevocationBook
  /** What may be changed while it runs. */
  readonly behaviour: { profile: Profile; faults: FaultSchedule }
  readonly journal: Journal
  readonly now: () => Date
  /** Aborted when the emulator closes: answers that never come end then. */
  readonly closing: AbortSignal
}
