// What the signing queue holds: looks at artifacts, and steps of a sweep. Small JSON, because every engine
// stores it; a hint, because nothing in it decides what is signed.

import type { Subject } from './subject.ts'

/** Why an artifact is looked at. */
export type LookReason = 'event' | 'parent' | 'signature' | 'sweep'

/** An index that lists a manifest, and what of it makes rules want the manifest signed. */
export interface ParentHint {
  readonly digest: string
  /** Names of the rules that sign its children. */
  readonly rules: readonly string[]
  /** Indexes above the manifest, the one that was pushed included. */
  readonly depth: number
  /** The tags that these rules name, and the index that each pointed to. Left out where there was none. */
  readonly roots?: readonly TaggedRoot[]
}

/** An index under a tag. While the tag points to it, what it lists is signed. */
export interface TaggedRoot {
  readonly tag: string
  readonly digest: string
}

/** A look at one artifact of one repository. It has a digest, a tag, or both. */
export interface Look {
  readonly kind: 'look'
  /** Host of the registry; from the source or the rule, never from an event. */
  readonly registry: string
  readonly repository: string
  /** `sha256:…`; without it the tag is resolved when the look is made. */
  readonly digest?: string
  /** The tag that was pushed, where one was. */
  readonly tag?: string
  /** The index that lists this manifest, and the names of the rules that sign its children. */
  readonly parent?: ParentHint
  readonly reason: LookReason
  /** Name of the source that told of it. */
  readonly source?: string
  /** When this service heard of it, RFC 3339: push-to-signature time counts from here. */
  readonly heardAt: string
  /** Whether it was a dead letter: how long it lay is nobody's push-to-signature time. */
  readonly isReplayed?: true
}

/** One step of a sweep: a page of a catalogue or of tags. What page, the run's own document says. */
export interface SweepStep {
  readonly kind: 'sweep'
  /** Names the run that it belongs to. */
  readonly run: string
  /** Counts the steps of the run from 0. */
  readonly step: number
}

/** What the queue holds. */
export type Task = Look | SweepStep

/**
 * What makes two tasks the same: while one waits, another of the same key adds nothing.
 *
 * @returns text of any length; engines hash it where they need a bounded one
 */
export function taskKey(task: Task): string {
  if (task.kind === 'sweep') {
    return JSON.stringify(['sweep', task.run, task.step])
  }
  const { registry, repository, digest, tag, parent } = task
  return JSON.stringify([
    'look',
    registry,
    repository,
    digest,
    tag,
    parent?.digest,
    parent?.rules,
    parent?.roots,
  ])
}

/** A dead letter's task, to be performed again. */
export function replayOf(task: Task): Task {
  return task.kind === 'look' ? { ...task, isReplayed: true } : task
}

/**
 * What the keys of the looks at an artifact begin with, as `taskKey` writes them.
 *
 * @param tag - also looks at whatever this tag points to, where they name no digest
 */
export function lookKeyPrefixes(
  { registry, repository, digest }: Subject,
  tag: string | undefined,
): readonly string[] {
  const ofDigest = ['look', registry, repository, digest]
  const ofTag = ['look', registry, repository, undefined, tag]
  const begun = tag === undefined ? [ofDigest] : [ofDigest, ofTag]
  // Without the bracket: more follows.
  return begun.map((parts) => `${JSON.stringify(parts).slice(0, -1)},`)
}

/** How a task ended. */
export type TaskOutcome =
  /** Nothing more to do now. */
  | { readonly kind: 'settled'; readonly followUps: readonly FollowUp[] }
  /** To be tried again; the tasks that follow are sent all the same. */
  | {
      readonly kind: 'retry'
      readonly code: string
      readonly message: string
      readonly delaySeconds: number
      readonly followUps: readonly FollowUp[]
    }
  /** Given up: kept as a dead letter until somebody replays it. */
  | {
      readonly kind: 'dead'
      readonly code: string
      readonly message: string
      readonly followUps: readonly FollowUp[]
    }

/** A task that another causes. They are stored before the task that caused them is done with. */
export interface FollowUp {
  readonly task: Task
  /** 0 where it is left out. */
  readonly delaySeconds?: number
}
