// One profile of one subject while it is worked on: what is ordered, and where it stands.

import type { Descriptor } from '../../shared/descriptor.ts'
import type { Registry } from '../../shared/registry/client.ts'
import type { Notes } from './actor-command.ts'
import type { SigningWorld } from './signing-world.ts'
import type { Subject } from './subject.ts'
import type { SubjectRecord } from './subject-record.ts'
import type { ProfileRequest, ProfileState } from './subject-state.ts'

/** What is to be signed. */
export interface SigningTarget {
  readonly subject: Subject
  /** Of the manifest whose bytes were read and have the subject's digest. */
  readonly descriptor: Descriptor
  readonly registry: Registry
  /** The manifests of its signatures, asked for once in a look. */
  readonly listSignatures: () => Promise<readonly Descriptor[]>
}

/** How. */
export interface ProfileOrder {
  readonly id: string
  readonly profile: ProfileRequest
  /** Names of the rules that ask for it. */
  readonly rules: readonly string[]
  /** Asked before a signature is made: undefined where one may be, else the state to rest in. */
  readonly admit: () => Promise<Resting | undefined>
}

/** A state in which nothing is made, and the reason. */
export interface Resting {
  readonly state: 'WAITING' | 'HELD'
  readonly code: string
  readonly message: string
}

/** What the steps pass on. */
export interface Work {
  readonly order: ProfileOrder
  readonly target: SigningTarget
  readonly record: SubjectRecord
  readonly world: SigningWorld
  /** For the audit line. */
  readonly note: (more: Notes) => void
}

/** Where a profile stands, but for the time of the change. */
export type Entry = Omit<ProfileState, 'updatedAt'>

/** The entry of the profile: the stored one, with the rules that ask for it now, or a new one. */
export function entryOf({ order, record, world }: Work): Entry {
  const { id, profile, rules } = order
  const stored = record.state().profiles[id]
  if (stored === undefined) {
    const requestedAt = world.now().toISOString()
    return { profile, rules, state: 'PENDING', signRequests: 0, requestedAt }
  }
  const { updatedAt: _, ...entry } = stored
  // Asked for by a caller alone, it stays what rules once asked for.
  return rules.length === 0 ? entry : { ...entry, rules }
}

/** The entry without what explained its state. */
export function withoutReason({ code: _, message: __, ...entry }: Entry): Entry {
  return entry
}

/** Stores the entry. @throws {NotationError} `queue-unavailable` */
export async function saveEntry({ order, record }: Work, entry: Entry): Promise<void> {
  await record.setProfile(order.id, entry)
}
