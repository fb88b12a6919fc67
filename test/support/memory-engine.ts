// A signing engine in memory: tasks run when the test says so, and a crash is a write that throws.

import type {
  EngineHandlers,
  SigningEngine,
  SigningJob,
  SigningLedger,
  SubjectStore,
} from '../../functions/signing/engine.ts'
import { formatSubject, type Subject } from '../../functions/signing/subject.ts'
import type { SubjectState } from '../../functions/signing/subject-state.ts'
import {
  type FollowUp,
  lookKeyPrefixes,
  replayOf,
  type Task,
  taskKey,
} from '../../functions/signing/task.ts'

/** Thrown in place of the death of the process. */
export class Crash extends Error {}

/** What happened to a task, attempt by attempt. */
export interface PerformedTask {
  readonly task: Task
  readonly attempt: number
  readonly outcome: string
  readonly code?: string
  readonly delaySeconds?: number
}

/** The engine and what tests do with it. */
export interface MemoryEngine extends SigningEngine {
  waitForChange: SigningEngine['waitForChange']
  findLook: SigningEngine['findLook']
  /** Performs tasks until none waits; delays do not pass. */
  readonly run: () => Promise<void>
  readonly performed: readonly PerformedTask[]
  readonly states: ReadonlyMap<string, SubjectState>
  readonly dead: readonly SigningJob[]
  /** Budgets of the day. */
  readonly ledger: SigningLedger
  /** Lets a write of a state crash the process that makes it: before it is stored, or after. */
  crashOnWrite: ((count: number) => 'before' | 'after' | undefined) | undefined
  readonly writes: () => number
}

interface Waiting {
  readonly task: Task
  readonly attempt: number
}

/** Creates the engine. */
export function createMemoryEngine({
  actor,
  perform,
}: Pick<EngineHandlers, 'actor' | 'perform'>): MemoryEngine {
  const waiting: Waiting[] = []
  const states = new Map<string, SubjectState>()
  const taken = new Map<string, Set<string>>()
  const documents = new Map<string, unknown>()
  const performed: PerformedTask[] = []
  const dead: SigningJob[] = []
  const chains = new Map<string, Promise<unknown>>()
  let writes = 0

  const storeOf = (subject: Subject): SubjectStore => ({
    read: async () => states.get(formatSubject(subject)),
    write: async (state) => {
      writes += 1
      const crash = engine.crashOnWrite?.(writes)
      if (crash === 'before') throw new Crash()
      // As a store would have it: nothing but JSON survives.
      states.set(formatSubject(subject), JSON.parse(JSON.stringify(state)))
      if (crash === 'after') throw new Crash()
    },
  })
  const enqueue = (tasks: readonly FollowUp[]): void => {
    for (const { task } of tasks)
      if (!waiting.some((other) => taskKey(other.task) === taskKey(task)))
        waiting.push({ task, attempt: 1 })
  }
  let buried = 0
  const bury = (letter: SigningJob): void => {
    const index = dead.findIndex(({ task }) => taskKey(task) === taskKey(letter.task))
    if (index !== -1) dead.splice(index, 1)
    dead.push(letter)
  }
  const performOne = async ({ task, attempt }: Waiting): Promise<void> => {
    try {
      const outcome = await perform(task, attempt, engine)
      enqueue(outcome.followUps)
      const { kind } = outcome
      const why = kind === 'settled' ? {} : { code: outcome.code }
      const delay = kind === 'retry' ? { delaySeconds: outcome.delaySeconds } : {}
      performed.push({ task, attempt, outcome: kind, ...why, ...delay })
      if (kind === 'retry') waiting.push({ task, attempt: attempt + 1 })
      if (kind === 'dead') bury(jobOf(task, attempt, outcome.code, buried++))
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      performed.push({ task, attempt, outcome: 'crash' })
      waiting.unshift({ task, attempt: attempt + 1 })
    }
  }
  const ledger: SigningLedger = {
    async take(budget, day, limit, token) {
      const tokens = taken.get(`${budget} ${day}`) ?? new Set()
      taken.set(`${budget} ${day}`, tokens)
      if (!tokens.has(token) && tokens.size >= limit) return false
      tokens.add(token)
      return true
    },
  }
  const engine: MemoryEngine = {
    ledger,
    crashOnWrite: undefined,
    performed,
    states,
    dead,
    writes: () => writes,
    enqueue: async (tasks) => enqueue(tasks),
    async ask(subject, command) {
      const key = formatSubject(subject)
      const before = chains.get(key) ?? Promise.resolve()
      const reply = before.then(() => actor(command, { subject, store: storeOf(subject), ledger }))
      chains.set(
        key,
        reply.catch(() => undefined),
      )
      return reply
    },
    readState: async (subject) => states.get(formatSubject(subject)),
    waitForChange: async (subject) => states.get(formatSubject(subject)),
    listJobs: async () => ({ jobs: dead }),
    replay: async (id, isWanted = () => true) => {
      const index = dead.findIndex((job) => job.id === id && isWanted(job.task))
      const [job] = index === -1 ? [] : dead.splice(index, 1)
      if (job === undefined) return false
      waiting.push({ task: replayOf(job.task), attempt: 1 })
      return true
    },
    findLook: async (subject, tag) => {
      const prefixes = lookKeyPrefixes(subject, tag)
      const isOfSubject = ({ task }: Waiting): boolean =>
        prefixes.some((prefix) => taskKey(task).startsWith(prefix))
      return waiting.some(isOfSubject) ? 'queued' : undefined
    },
    depth: async () => ({ queued: waiting.length, active: 0, dead: dead.length }),
    listUntagged: async ({ limit, after = '' }) => {
      const keys = [...states.keys()].filter((key) => key > after).toSorted()
      const untagged = keys.filter((key) => states.get(key)?.hints.isUntagged)
      const page = untagged.slice(0, limit)
      const last = page.at(-1)
      return {
        subjects: page.flatMap((key) => states.get(key)?.subject ?? []),
        ...(last === undefined || untagged.length === page.length ? {} : { next: last }),
      }
    },
    documents: {
      read: async (key) => documents.get(key),
      write: async (key, document) => {
        documents.set(key, document)
      },
    },
    async run() {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        await performOne(next)
    },
  }
  return engine
}

function jobOf(task: Task, attempts: number, code: string, count: number): SigningJob {
  const at = '2026-01-01T00:00:00.000Z'
  return { id: `dead-${count}`, task, state: 'dead', attempts, code, createdAt: at, updatedAt: at }
}
