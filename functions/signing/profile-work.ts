// One profile of one subject while it is worked on: what is ordered, and where it stands.

import type { Descriptor } from '../../shared/descriptor.ts'
import type { Registry } from '../../shared/registry/client.ts'
import type { Notes } from './actor-command.ts'
import type { SigningWorld } from './signing-world.ts'
import type { Subject } from './subject.ts'
import type { SubjectRecord } from './subject-record.ts'
import type { ProfileRequest, ProfileState, SigningState } from './subject-state.ts'

/** What a signature would take the place of. */
export type Replacement =
  | 'nothing'
  /** A signature by a certificate that the key no longer has. */
  | 'replaced-certificate'

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
  /** When it was first heard of the push, RFC 3339; undefined where none is waited for: see Look. */
  readonly heardAt?: string
  /** Whether a further attempt at the same look asks for it: what is given up for good stays given up. */
  readonly isRepeated: boolean
  /** Asked before a signature is made: undefined where one may be, else the state to rest in. */
  readonly admit: (replaces: Replacement) => Promise<Resting | undefined>
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
  const heard = heardOf(order, stored)
  if (stored === undefined) {
    const requestedAt = world.now().toISOString()
    return { profile, rules, state: 'PENDING', signRequests: 0, requestedAt, ...heard }
  }
  const { updatedAt: _, heardAt: __, ...entry } = stored
  // Asked for by a caller alone, it stays what rules once asked for.
  return rules.length === 0 ? { ...entry, ...heard } : { ...entry, ...heard, rules }
}

/** States between the first attempt and the last: a later event of the same push tells nothing new. */
const BEING_SIGNED: readonly SigningState[] = ['PENDING', 'SIGNING']

function heardOf(
  { heardAt }: ProfileOrder,
  stored: ProfileState | undefined,
): Pick<ProfileState, 'heardAt'> {
  const before =
    stored !== undefined && BEING_SIGNED.includes(stored.state) ? stored.heardAt : heardAt
  const first =
    before !== undefined && (heardAt === undefined || before < heardAt) ? before : heardAt
  return first === undefined ? {} : { heardAt: first }
}

/** The entry without what explained its state. */
export function withoutReason({ code: _, message: __, ...entry }: Entry): Entry {
  return entry
}

/** Stores the entry. @throws {NotationError} `queue-unavailable` */
export async function saveEntry({ order, record }: Work, entry: Entry): Promise<void> {
  await record.setProfile(order.id, entry)
}
