// The port of the signing engine: a durable queue, one actor per subject, and what both must remember.
// Two engines implement it: pg-boss on Node and Deno, Queues and Durable Objects on Workers.

import type { Crypto } from '../../shared/crypto.ts'
import type { ActorCommand, ActorReply } from './actor-command.ts'
import type { Subject } from './subject.ts'
import type { SubjectState } from './subject-state.ts'
import type { FollowUp, Task, TaskOutcome } from './task.ts'

/** The state of one subject, held by whoever is its actor now. */
export interface SubjectStore {
  readonly read: () => Promise<SubjectState | undefined>
  /**
   * Durable when it resolves.
   *
   * @throws {NotationError} `queue-unavailable` when it is not, or another worker has become the actor since
   */
  readonly write: (state: SubjectState) => Promise<void>
}

/** Budgets that many actors share. */
export interface SigningLedger {
  /**
   * Takes one of the day's signatures of a budget. Taking again with the same token takes nothing more.
   *
   * @param day - `2026-01-31`, UTC
   * @returns false when none is left
   */
  readonly take: (budget: string, day: string, limit: number, token: string) => Promise<boolean>
}

/** What an actor is given besides the command. */
export interface ActorContext {
  readonly subject: Subject
  readonly store: SubjectStore
  readonly ledger: SigningLedger
}

/** The actor: serial for each subject, whatever machine it runs on. It does not throw but for a lost store. */
export type Actor = (command: ActorCommand, context: ActorContext) => Promise<ActorReply>

/** What a worker makes of a task. It does not throw: whatever fails is an outcome. */
export type PerformTask = (
  task: Task,
  attempt: number,
  engine: SigningEngine,
) => Promise<TaskOutcome>

/** What an engine is built around. */
export interface EngineHandlers {
  readonly actor: Actor
  readonly perform: PerformTask
  readonly crypto: Crypto
  readonly now: () => Date
  /** One line for the log: what the engine itself could not do. */
  readonly log: (event: string, details: Readonly<Record<string, string | number>>) => void
}

/** A task as the queue lists it. */
export interface SigningJob {
  readonly id: string
  readonly task: Task
  readonly state: 'queued' | 'active' | 'dead'
  /** Attempts that ended. */
  readonly attempts: number
  /** Of the last attempt. */
  readonly code?: string
  readonly message?: string
  /** RFC 3339. */
  readonly createdAt: string
  readonly updatedAt: string
}

/** State of a task that is still to be performed to its end. */
export type LiveJobState = Exclude<SigningJob['state'], 'dead'>

/** A page of jobs, oldest first. */
export interface SigningJobs {
  readonly jobs: readonly SigningJob[]
  /** Asks for the next page. */
  readonly next?: string
}

/** A page of subjects that were pushed by digest alone. */
export interface UntaggedSubjects {
  readonly subjects: readonly Subject[]
  /** Asks for the next page. */
  readonly next?: string
}

/** Tasks by state, for metrics. */
export interface QueueDepth {
  readonly queued: number
  readonly active: number
  readonly dead: number
}

/** A running engine. All methods throw `queue-unavailable` when what they need cannot be reached. */
export interface SigningEngine {
  /** Stores tasks: when it resolves, they survive a crash. A task whose key already waits adds nothing. */
  readonly enqueue: (tasks: readonly FollowUp[]) => Promise<void>
  /** Has a subject's actor do something, after whatever it is doing now. */
  readonly ask: (subject: Subject, command: ActorCommand) => Promise<ActorReply>
  readonly readState: (subject: Subject) => Promise<SubjectState | undefined>
  /** Resolves when the state was written after `since` (its `updatedAt`; undefined: at all), or after the time. */
  readonly waitForChange: (
    subject: Subject,
    since: string | undefined,
    timeoutMs: number,
  ) => Promise<SubjectState | undefined>
  /** Dead letters unless a state is given. */
  readonly listJobs: (query: {
    readonly state?: SigningJob['state']
    readonly limit: number
    readonly after?: string
  }) => Promise<SigningJobs>
  /**
   * Queues a dead letter again, from its first attempt.
   *
   * @param isWanted - asked about its task before
   * @returns false when there is none of this id, or it is not wanted
   */
  readonly replay: (id: string, isWanted?: (task: Task) => boolean) => Promise<boolean>
  /**
   * Whether a look at an artifact waits for a worker, its next attempt included, or is at work.
   *
   * @param tag - also a look that names no digest, at whatever this tag points to
   * @returns `queued` where one waits and another is at work; undefined where there is none
   */
  readonly findLook: (subject: Subject, tag?: string) => Promise<LiveJobState | undefined>
  readonly depth: () => Promise<QueueDepth>
  /** A page of the subjects that have a state, and a hint that they were pushed by digest alone; in an order of the engine's own. */
  readonly listUntagged: (query: {
    readonly limit: number
    readonly after?: string
  }) => Promise<UntaggedSubjects>
  /** Small JSON documents by key, for sweeps: at most 100 KiB each. */
  readonly documents: {
    readonly read: (key: string) => Promise<unknown>
    /** Undefined removes it. */
    readonly write: (key: string, document: unknown) => Promise<void>
  }
}
