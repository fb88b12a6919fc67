// The state of one subject while its actor works: read once, written between any two steps.

import { NotationError } from '../../shared/errors.ts'
import { MAX_HINTED_PARENTS, MAX_HINTED_TAGS } from '../limits.ts'
import type { SubjectStore } from './engine.ts'
import type { Subject } from './subject.ts'
import type { ProfileState, SubjectHints, SubjectState } from './subject-state.ts'
import type { Look } from './task.ts'

/** The state, and how it changes. Each change is durable when its promise resolves. */
export interface SubjectRecord {
  readonly state: () => SubjectState
  /** Whether a write failed: what is stored is not known then, and nothing is written any more. */
  readonly isLost: () => boolean
  /** Whether anything is stored of the subject. */
  readonly isStored: () => boolean
  /** Adds what a look tells; stored with the next change, or by keepHints. Until then the look's task has it. */
  readonly addHint: (look: Look) => void
  /** Stores hints that no change was stored with. */
  readonly keepHints: () => Promise<void>
  readonly setProfile: (id: string, profile: Omit<ProfileState, 'updatedAt'>) => Promise<void>
  /** Forgets a profile, if it is known. */
  readonly removeProfile: (id: string) => Promise<void>
  /** Says why nothing is known of any profile; undefined: no more. */
  readonly setProblem: (problem: SubjectState['problem']) => Promise<void>
}

/** Reads the state of a subject, or begins one. */
export async function openSubjectRecord(
  subject: Subject,
  store: SubjectStore,
  now: () => Date,
): Promise<SubjectRecord> {
  const stored = await store.read()
  let state = stored ?? emptyState(subject, now())
  let isStored = stored !== undefined
  let isLost = false
  let hasNewHints = false
  const write = async (changes: Partial<SubjectState>): Promise<void> => {
    if (isLost) throw new NotationError('queue-unavailable', 'Cannot store the state: it is lost')
    const next = { ...state, ...changes, updatedAt: timeAfter(state.updatedAt, now()) }
    isLost = true
    await store.write(next)
    isLost = false
    hasNewHints = false
    isStored = true
    state = next
  }
  return {
    state: () => state,
    isLost: () => isLost,
    isStored: () => isStored,
    addHint(look) {
      const hints = addHint(state.hints, look)
      if (hints === state.hints) return
      state = { ...state, hints }
      hasNewHints = true
    },
    async keepHints() {
      if (hasNewHints) await write({})
    },
    async setProfile(id, profile) {
      const updatedAt = timeAfter(state.updatedAt, now())
      await write({ profiles: { ...state.profiles, [id]: { ...profile, updatedAt } } })
    },
    async removeProfile(id) {
      const { [id]: removed, ...profiles } = state.profiles
      if (removed !== undefined) await write({ profiles })
    },
    async setProblem(problem) {
      if (isSameProblem(problem, state.problem)) return
      await write({ problem })
    },
  }
}

function isSameProblem(one: SubjectState['problem'], other: SubjectState['problem']): boolean {
  const isSameReason = one?.code === other?.code && one?.message === other?.message
  return isSameReason && one?.heardAt === other?.heardAt
}

function emptyState(subject: Subject, now: Date): SubjectState {
  const hints = { tags: [], parents: [], isUntagged: false }
  return { subject, hints, profiles: {}, updatedAt: now.toISOString() }
}

/** Later than what was written before, so that whoever waits for a change can tell. */
function timeAfter(before: string, now: Date): string {
  return new Date(Math.max(now.getTime(), Date.parse(before) + 1)).toISOString()
}

/** The same object where the look tells nothing new. */
function addHint(hints: SubjectHints, { tag, parent, reason }: Look): SubjectHints {
  let next = hints
  if (tag !== undefined && !hints.tags.includes(tag))
    next = { ...next, tags: [...hints.tags, tag].slice(-MAX_HINTED_TAGS) }
  if (parent !== undefined && !hasParent(hints, parent)) {
    const others = hints.parents.filter(({ digest }) => digest !== parent.digest)
    next = { ...next, parents: [...others, parent].slice(-MAX_HINTED_PARENTS) }
  }
  // Other looks without a tag are at what is known already; those of sweeps are at what was pushed so.
  const isOfPush = reason === 'event' || reason === 'sweep'
  const isUntagged = tag === undefined && parent === undefined && isOfPush
  if (isUntagged && !hints.isUntagged) next = { ...next, isUntagged: true }
  return next
}

function hasParent(hints: SubjectHints, parent: NonNullable<Look['parent']>): boolean {
  return hints.parents.some((known) => JSON.stringify(known) === JSON.stringify(parent))
}
