// The signing engine of Node and Deno: pg-boss for the tasks, leases for the actors, PGlite or PostgreSQL below.

import type { PgBoss } from 'pg-boss'
import { isNotationError, NotationError } from '../../../shared/errors.ts'
import type { EngineHandlers, SigningEngine, SigningLedger } from '../../signing/engine.ts'
import { type Subject, subjectKey } from '../../signing/subject.ts'
import type { SubjectState } from '../../signing/subject-state.ts'
import type { Database } from './database.ts'
import { createLocalSubjects } from './local-subjects.ts'
import { createSubjectLeases } from './subject-leases.ts'
import { createTables } from './tables.ts'
import { createTaskQueue } from './task-queue.ts'
import { startTaskWorker, type TaskWorker } from './task-worker.ts'
import { listUntagged } from './untagged-subjects.ts'

/** What an engine runs on. */
export interface PgBossEngineOptions extends EngineHandlers {
  readonly database: Database
  /** Tasks at once in this process. */
  readonly concurrency: number
}

/** An engine that somebody has to start and to end. */
export interface RunningEngine extends SigningEngine {
  /** Begins to perform tasks. */
  readonly start: () => void
  /** Forgets old states now and once an hour; unless `sweepMinutes` is 0, calls back so often. One machine of all does. */
  readonly schedule: (sweepMinutes: number, onSweep: () => Promise<void>) => Promise<void>
  /** Finishes what runs, then lets go of the database. */
  readonly close: () => Promise<void>
}

const TASK_CHANNEL = 'notation_signing_task'
const STATE_CHANNEL = 'notation_signing_state'
const SWEEPS = 'signing-schedule'
const CLEAN_UPS = 'signing-clean-up'
const HOURLY = '0 * * * *'
const DAY_MS = 24 * 3600 * 1000
/** States of artifacts that nothing was heard of for so long are forgotten: the registry has their signatures. */
export const STATE_RETENTION_DAYS = 90

/** Creates an engine; it accepts tasks, and performs none before it is started. */
export async function createPgBossEngine(options: PgBossEngineOptions): Promise<RunningEngine> {
  const { database, actor, perform, crypto, now, log, concurrency } = options
  const { executeSql } = database
  await createTables(database)
  const queue = createTaskQueue(database, now, (error) =>
    log('queue-error', { reason: error.message }),
  )
  await queue.start()
  const waiters = new Map<string, Set<() => void>>()
  const notifyWaiters = (key: string): void => {
    for (const wake of waiters.get(key) ?? []) wake()
  }
  const isAlone = database.backend === 'pglite'
  const createSubjects = isAlone ? createLocalSubjects : createSubjectLeases
  const subjects = createSubjects(database, notifyWaiters)
  let worker: TaskWorker | undefined
  const timers = new Set<NodeJS.Timeout>()
  const wakeAfter = (seconds: number): void => {
    if (seconds === 0) {
      worker?.wake()
      return
    }
    const timer = setTimeout(() => {
      timers.delete(timer)
      worker?.wake()
    }, seconds * 1000)
    timers.add(timer)
    timer.unref()
  }
  // The process before this one has died, or the folder would be locked.
  if (isAlone) await queue.reclaim()
  await database.listen(TASK_CHANNEL, () => worker?.wake())
  await database.listen(STATE_CHANNEL, notifyWaiters)

  const readState = async (subject: Subject): Promise<SubjectState | undefined> => {
    const key = await subjectKey(subject, crypto)
    const { rows } = await executeSql('SELECT state FROM notation_signing.subject WHERE key = $1', [
      key,
    ])
    return (rows[0]?.state as SubjectState | null | undefined) ?? undefined
  }
  const ledger: SigningLedger = { take: (...wish) => takeFromBudget(database, ...wish) }
  const engine: RunningEngine = {
    enqueue: (tasks) =>
      guard(async () => {
        await queue.send(tasks)
        for (const { delaySeconds = 0 } of tasks) wakeAfter(delaySeconds)
        if (!isAlone) await executeSql(`NOTIFY ${TASK_CHANNEL}`)
      }),
    ask: (subject, command) =>
      guard(async () =>
        subjects.hold(await subjectKey(subject, crypto), (store) =>
          actor(command, { subject, store, ledger }),
        ),
      ),
    readState: (subject) => guard(() => readState(subject)),
    waitForChange: (subject, since, timeoutMs) =>
      guard(async () => {
        const key = await subjectKey(subject, crypto)
        return waitForChange(key, since, timeoutMs, () => readState(subject), waiters)
      }),
    listJobs: (query) => guard(() => queue.list(query)),
    replay: (id, isWanted = () => true) =>
      guard(async () => {
        const isFound = UUID.test(id) && (await queue.replay(id, isWanted))
        if (isFound) worker?.wake()
        return isFound
      }),
    findLook: (subject, tag) => guard(() => queue.findLook(subject, tag)),
    depth: () => guard(() => queue.depth()),
    listUntagged: (query) => guard(() => listUntagged(database, query)),
    documents: {
      read: (key) => guard(() => readDocument(database, key)),
      write: (key, document) => guard(() => writeDocument(database, key, document)),
    },
    start() {
      worker ??= startTaskWorker({
        queue,
        concurrency,
        log,
        async perform({ task, attempt }) {
          const outcome = await perform(task, attempt, engine)
          if (outcome.kind === 'retry') wakeAfter(outcome.delaySeconds)
          for (const { delaySeconds = 0 } of outcome.followUps) wakeAfter(delaySeconds)
          return outcome
        },
      })
    },
    async schedule(sweepMinutes, onSweep) {
      const forget = (): Promise<unknown> => executeSql(FORGET, [STATE_RETENTION_DAYS])
      // A process that never lives for an hour comes to it, too.
      await forget()
      await doOnTime(queue.boss, CLEAN_UPS, HOURLY, forget)
      if (sweepMinutes > 0) await doOnTime(queue.boss, SWEEPS, `*/${sweepMinutes} * * * *`, onSweep)
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await worker?.stop()
      await queue.close()
      await database.close()
    },
  }
  return engine
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const FORGET = `
DELETE FROM notation_signing.subject
WHERE updated_at < now() - make_interval(days => $1) AND (lease_owner IS NULL OR lease_until < now())`

/** @param cron - when, in UTC */
async function doOnTime(
  boss: PgBoss,
  name: string,
  cron: string,
  work: () => Promise<unknown>,
): Promise<void> {
  await boss.createQueue(name, { policy: 'stately', deleteAfterSeconds: 3600 })
  await boss.work(name, async () => {
    await work()
  })
  await boss.schedule(name, cron)
}

/** What a driver says is for the log, not for callers. */
async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (isNotationError(cause)) throw cause
    const found = cause instanceof Error ? cause.message : String(cause)
    throw new NotationError('queue-unavailable', `Cannot use the signing queue: ${found}`, {
      cause,
    })
  }
}

async function waitForChange(
  key: string,
  since: string | undefined,
  timeoutMs: number,
  read: () => Promise<SubjectState | undefined>,
  waiters: Map<string, Set<() => void>>,
): Promise<SubjectState | undefined> {
  const others = waiters.get(key) ?? new Set()
  waiters.set(key, others)
  let wake = (): void => {}
  const changed = new Promise<void>((resolve) => {
    wake = resolve
  })
  others.add(wake)
  const timer = setTimeout(wake, timeoutMs)
  try {
    // Looked at after the waiting has begun: no change falls between the two.
    const state = await read()
    if (state !== undefined && (since === undefined || state.updatedAt > since)) return state
    await changed
    return await read()
  } finally {
    clearTimeout(timer)
    others.delete(wake)
    if (others.size === 0) waiters.delete(key)
  }
}

async function takeFromBudget(
  database: Database,
  budget: string,
  day: string,
  limit: number,
  token: string,
): Promise<boolean> {
  return database.transaction(async ({ executeSql }) => {
    // One after another: two that ask for the same at the same time would both take.
    await executeSql('SELECT pg_advisory_xact_lock(hashtext($1))', [budget])
    for (const table of ['budget', 'budget_day'])
      await executeSql(`DELETE FROM notation_signing.${table} WHERE budget = $1 AND day < $2`, [
        budget,
        dayBefore(day),
      ])
    const known = await executeSql(
      'SELECT 1 FROM notation_signing.budget WHERE budget = $1 AND day = $2 AND token = $3',
      [budget, day, token],
    )
    if (known.rows.length > 0) return true
    const taken = await executeSql(TAKE, [budget, day, limit])
    if (taken.rows.length === 0) return false
    await executeSql('INSERT INTO notation_signing.budget VALUES ($1, $2, $3)', [
      budget,
      day,
      token,
    ])
    return true
  })
}

/** It is kept, too: the clock of another machine may be behind. */
function dayBefore(day: string): string {
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, day.length)
}

/** Counted beside the tokens: there may be hundreds of thousands. No limit is below one. */
const TAKE = `
INSERT INTO notation_signing.budget_day AS known VALUES ($1, $2, 1)
ON CONFLICT (budget, day) DO UPDATE SET taken = known.taken + 1 WHERE known.taken < $3
RETURNING taken`

async function readDocument({ executeSql }: Database, key: string): Promise<unknown> {
  const { rows } = await executeSql(
    'SELECT document FROM notation_signing.document WHERE key = $1',
    [key],
  )
  return rows[0]?.document
}

async function writeDocument(
  { executeSql }: Database,
  key: string,
  document: unknown,
): Promise<void> {
  if (document === undefined) {
    await executeSql('DELETE FROM notation_signing.document WHERE key = $1', [key])
    return
  }
  await executeSql(
    'INSERT INTO notation_signing.document VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET document = $2',
    [key, JSON.stringify(document)],
  )
}
