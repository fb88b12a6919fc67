// The tasks of the signing engine as jobs of pg-boss: waiting ones once each, active ones under a heartbeat,
// dead ones kept.

import { createHash } from 'node:crypto'
import { PgBoss } from 'pg-boss'
import type {
  LiveJobState,
  QueueDepth,
  SigningEngine,
  SigningJob,
  SigningJobs,
} from '../../signing/engine.ts'
import { encodeJobCursor, parseJobCursor } from '../../signing/job-cursor.ts'
import type { Subject } from '../../signing/subject.ts'
import {
  type FollowUp,
  replayOf,
  type Task,
  type TaskOutcome,
  taskKey,
} from '../../signing/task.ts'
import type { Database, Statements } from './database.ts'
import { gather } from './gather.ts'
import { alone } from './tables.ts'

/** pg-boss keeps its tables here. */
const SCHEMA = 'notation_queue'
const TASKS = 'signing'
const DEAD_LETTERS = 'signing-dead'
/** Dead letters are kept this long, and tasks that nobody comes to. */
export const DEAD_LETTER_DAYS = 30
const KEPT_SECONDS = DEAD_LETTER_DAYS * 24 * 3600
/** pg-boss's least: so long after its machine has died a task is given to another. */
const HEARTBEAT_SECONDS = 10
/** How often it looks for tasks without a heartbeat. */
const SUPERVISE_SECONDS = 5
/** A task at work: with the waits for registry, service and authority it may take minutes, never this. */
const EXPIRE_SECONDS = 3600
/** A task whose worker died is given to the next as often as that happens: `perform` counts attempts. */
const RETRY_LIMIT = 1000

/** Tasks that end within so long are deleted by one statement. */
const SETTLING_MS = 20

/** What a job holds. */
interface JobData {
  readonly task: Task
  /** Attempts that ended before this job was made. */
  readonly attempts: number
  readonly code?: string
  readonly message?: string
  /** RFC 3339. */
  readonly createdAt: string
}

/** A task that was fetched. */
export interface FetchedTask {
  readonly task: Task
  /** 1 for the first. */
  readonly attempt: number
  readonly job: { readonly id: string; readonly retryCount: number }
  readonly createdAt: string
}

/** The queue. Its methods reject with the driver's errors. */
export interface TaskQueue {
  readonly start: () => Promise<void>
  readonly send: (tasks: readonly FollowUp[], attempts?: number) => Promise<void>
  readonly fetch: (count: number) => Promise<readonly FetchedTask[]>
  /** Stores what follows, the next attempt or the dead letter, and ends the job: all or nothing. */
  readonly finish: (fetched: FetchedTask, outcome: TaskOutcome) => Promise<void>
  /** Says that these are still at work. */
  readonly touch: (fetched: readonly FetchedTask[]) => Promise<void>
  /** Gives active tasks back. Only where no other process can be at them. */
  readonly reclaim: () => Promise<void>
  readonly list: (query: {
    readonly state?: SigningJob['state']
    readonly limit: number
    readonly after?: string
  }) => Promise<SigningJobs>
  readonly replay: (id: string, isWanted: (task: Task) => boolean) => Promise<boolean>
  readonly findLook: SigningEngine['findLook']
  readonly depth: () => Promise<QueueDepth>
  readonly boss: PgBoss
  readonly close: () => Promise<void>
}

/** How often a machine tells that it is at work. */
export const TOUCH_MS = (HEARTBEAT_SECONDS * 1000) / 3

/**
 * Creates the queue of a database.
 *
 * @param onError - told of what pg-boss cannot do by itself
 */
export function createTaskQueue(
  database: Database,
  now: () => Date,
  onError: (error: Error) => void,
): TaskQueue {
  const boss = new PgBoss({
    db: { executeSql: database.executeSql },
    backend: database.backend,
    schema: SCHEMA,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  })
  boss.on('error', onError)
  const insert = async (
    tasks: readonly FollowUp[],
    attempts: number,
    db: Statements,
    last?: { readonly code: string; readonly message: string },
  ): Promise<void> => {
    if (tasks.length === 0) return
    const createdAt = now().toISOString()
    const jobs = tasks.map(({ task, delaySeconds = 0 }) => ({
      data: { task, attempts, createdAt, ...last },
      singletonKey: singletonKey(task, attempts),
      ...(delaySeconds === 0 ? {} : { startAfter: delaySeconds }),
    }))
    await boss.insert(TASKS, jobs, { db })
  }
  /** One for each kind of task: what fails again and again would fill pages with the same. */
  const bury = async (letter: JobData, db: Statements): Promise<void> => {
    const id = letterId(letter.task)
    await boss.deleteJob(DEAD_LETTERS, id, { db })
    await boss.send(DEAD_LETTERS, letter, { db, id })
  }
  // What most tasks come to. One whose end is lost is performed again, and finds all done.
  const settle = gather<FetchedTask['job']>(SETTLING_MS, (jobs) => boss.deleteJob(TASKS, [...jobs]))
  return {
    boss,
    start: () =>
      alone(database, async () => {
        await boss.start()
        await boss.createQueue(TASKS, {
          // One waits and one is at work of each kind: what comes meanwhile adds nothing.
          policy: 'stately',
          expireInSeconds: EXPIRE_SECONDS,
          heartbeatSeconds: HEARTBEAT_SECONDS,
          retryLimit: RETRY_LIMIT,
          retryDelay: 0,
          retentionSeconds: KEPT_SECONDS,
        })
        await boss.createQueue(DEAD_LETTERS, { retentionSeconds: KEPT_SECONDS })
        await database.executeSql(LOOK_INDEX)
      }),
    send: (tasks, attempts = 0) => insert(tasks, attempts, database),
    async fetch(count) {
      const jobs = await boss.fetch<JobData>(TASKS, { batchSize: count, includeMetadata: true })
      return jobs.map(({ id, retryCount, data: { task, attempts, createdAt } }) => ({
        task,
        attempt: attempts + retryCount + 1,
        job: { id, retryCount },
        createdAt,
      }))
    },
    async finish({ task, attempt, job, createdAt }, outcome) {
      if (outcome.kind === 'settled' && outcome.followUps.length === 0) return settle(job)
      await database.transaction(async (db) => {
        await insert(outcome.followUps, 0, db)
        if (outcome.kind !== 'settled') {
          const { code, message } = outcome
          if (outcome.kind === 'retry')
            await insert([{ task, delaySeconds: outcome.delaySeconds }], attempt, db, {
              code,
              message,
            })
          else await bury({ task, attempts: attempt, code, message, createdAt }, db)
        }
        await boss.deleteJob(TASKS, job, { db })
      })
    },
    async touch(fetched) {
      const jobs = fetched.map(({ job }) => job)
      if (jobs.length > 0) await boss.touch(TASKS, jobs)
    },
    async reclaim() {
      const { rows } = await database.executeSql(ACTIVE, [TASKS])
      if (rows.length > 0)
        await boss.fail(
          TASKS,
          rows.map(({ id }) => String(id)),
        )
    },
    async list({ state, limit, after }) {
      return listJobs(database, state ?? 'dead', limit, after)
    },
    replay: (id, isWanted) =>
      database.transaction(async (db) => {
        const [letter] = await boss.findJobs<JobData>(DEAD_LETTERS, { id, db })
        if (letter === undefined || !isWanted(letter.data.task)) return false
        await insert([{ task: replayOf(letter.data.task) }], 0, db)
        await boss.deleteJob(DEAD_LETTERS, id, { db })
        return true
      }),
    findLook: (...wish) => findLook(database, ...wish),
    async depth() {
      const { rows } = await database.executeSql(DEPTH, [TASKS, DEAD_LETTERS])
      const [{ queued = 0, active = 0, dead = 0 } = {}] = rows
      return { queued: Number(queued), active: Number(active), dead: Number(dead) }
    },
    close: () => boss.stop({ graceful: false, close: false }),
  }
}

const ACTIVE = `SELECT id FROM ${SCHEMA}.job WHERE name = $1 AND state = 'active'`
const DEPTH = `
SELECT count(*) FILTER (WHERE name = $1 AND state IN ('created', 'retry')) AS queued,
       count(*) FILTER (WHERE name = $1 AND state = 'active') AS active,
       count(*) FILTER (WHERE name = $2) AS dead
FROM ${SCHEMA}.job WHERE name IN ($1, $2)`

/** What a look is at, as far as it says: most who ask know its digest, and some its tag alone. */
const LOOK_NAME = `COALESCE(data #>> '{task,digest}', data #>> '{task,tag}')`
const LIVE = `state <= 'active'`
/** Keys are stored as hashes, and a look may have a tag or a parent that nobody names: it is found by what it is at. */
const LOOK_INDEX = `
CREATE INDEX IF NOT EXISTS notation_look ON ${SCHEMA}.job ((data #>> '{task,repository}'), (${LOOK_NAME}))
WHERE ${LIVE}`
const FIND_LOOK = `
SELECT state::text AS state FROM ${SCHEMA}.job
WHERE name = $1 AND ${LIVE} AND data @> $2::jsonb
  AND data #>> '{task,repository}' = $3 AND ${LOOK_NAME} IN ($4, $5)
ORDER BY state = 'active' LIMIT 1`

async function findLook(
  { executeSql }: Database,
  { registry, repository, digest }: Subject,
  tag?: string,
): Promise<LiveJobState | undefined> {
  const task = { kind: 'look', registry, repository }
  const values = [TASKS, JSON.stringify({ task }), repository, digest, tag ?? null]
  const { rows } = await executeSql(FIND_LOOK, values)
  const [found] = rows
  if (found === undefined) return undefined
  return found.state === 'active' ? 'active' : 'queued'
}

/** A task that waits for its next attempt does not keep a fresh one of its kind from being made at once. */
function singletonKey(task: Task, attempts: number): string {
  const name = JSON.stringify([taskKey(task), attempts > 0])
  return createHash('sha256').update(name).digest('base64url')
}

/** One for each kind of task, and found by it at once: pg-boss has no index on other keys of letters. */
function letterId(task: Task): string {
  const digits = createHash('sha256').update(taskKey(task)).digest('hex')
  return digits.replace(UUID_OF_DIGITS, '$1-$2-$3-$4-$5')
}

const UUID_OF_DIGITS = /^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/

/** Which jobs of pg-boss each state is. */
const JOBS_OF_STATE: Readonly<
  Record<SigningJob['state'], { readonly queue: string; readonly states: readonly string[] }>
> = {
  queued: { queue: TASKS, states: ['created', 'retry'] },
  active: { queue: TASKS, states: ['active'] },
  dead: { queue: DEAD_LETTERS, states: ['created', 'retry', 'active'] },
}

/** Oldest first. */
const LIST = `
SELECT id, data, retry_count,
  to_char(created_on AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_on, coalesce(started_on, created_on) AS updated_on
FROM ${SCHEMA}.job
WHERE name = $1 AND state::text = ANY($2) AND ($3::text IS NULL OR (created_on, id) > ($3::timestamptz, $4::uuid))
ORDER BY created_on, id LIMIT $5`
/** @throws {NotationError} `request-invalid` for a cursor that is none of ours */
async function listJobs(
  { executeSql }: Database,
  state: SigningJob['state'],
  limit: number,
  after: string | undefined,
): Promise<SigningJobs> {
  const { queue, states } = JOBS_OF_STATE[state]
  const cursor = after === undefined ? undefined : parseJobCursor(after)
  const place = [cursor?.time ?? null, cursor?.id ?? null]
  const { rows } = await executeSql(LIST, [queue, states, ...place, limit])
  const jobs = rows.map(({ id, data: json, retry_count, updated_on }) => {
    // Jobs are made in this file alone.
    const data = json as JobData
    return {
      id: String(id),
      task: data.task,
      state,
      attempts: data.attempts + (state === 'dead' ? 0 : Number(retry_count)),
      ...(data.code === undefined ? {} : { code: data.code }),
      ...(data.message === undefined ? {} : { message: data.message }),
      createdAt: data.createdAt,
      updatedAt: new Date(updated_on as Date).toISOString(),
    }
  })
  const last = rows.at(-1)
  const isWhole = rows.length < limit || last === undefined
  if (isWhole) return { jobs }
  return { jobs, next: encodeJobCursor({ time: String(last.created_on), id: String(last.id) }) }
}
