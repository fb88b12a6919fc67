// The Durable Object that all share: which tasks wait or are at work, dead letters, budgets, documents. It is
// asked a few times for each task; nothing in it decides what is signed.

import { DurableObject } from 'cloudflare:workers'
import type {
  LiveJobState,
  QueueDepth,
  SigningJob,
  SigningJobs,
  SigningLedger,
  UntaggedSubjects,
} from '../../signing/engine.ts'
import { encodeJobCursor, type JobCursor } from '../../signing/job-cursor.ts'
import type { Subject } from '../../signing/subject.ts'
import type { Task } from '../../signing/task.ts'
import { forgetDays, takeOfDay } from './day-budgets.ts'
import { TABLES } from './directory-tables.ts'
import { AGAIN, forgetOldJobs, forgetOldNotes } from './job-lifetimes.ts'
import { jobOf } from './job-row.ts'
import type { SqlRow } from './platform.ts'

const DAY_MS = 24 * 3600 * 1000

/** A task that was noted, by the id that its message carries. */
export interface WaitingTask {
  readonly id: string
  readonly key: string
  readonly task: Task
}

/** The last word on an attempt. */
export interface EndedAttempt {
  readonly id: string
  readonly key: string
  readonly task: Task
  readonly attempts: number
  /** Undefined: the task is done with. */
  readonly state?: 'queued' | 'dead'
  readonly code?: string
  readonly message?: string
}

/** What is to be done with tasks that were noted, by their ids; the rest waits already. */
export interface NotedTasks {
  /** To be sent now. */
  readonly fresh: readonly string[]
  /** Somebody else is sending one of the same key: whether that succeeds is known in SENDING_MS. */
  readonly unsure: readonly string[]
}

/** What can be asked of it. */
export interface SigningDirectoryMethods {
  /** Notes tasks, each of another key, as about to be sent. */
  note(tasks: readonly WaitingTask[]): NotedTasks
  /** Tasks of these ids are in the queue: from now on none of their key adds anything. */
  confirm(ids: readonly string[]): void
  /** Takes notes back, where the queue did not take the messages. */
  forget(ids: readonly string[]): void
  /** @returns which attempt at the task this is, 1 for the first */
  begin(task: WaitingTask): number
  end(attempt: EndedAttempt): void
  list(state: SigningJob['state'], limit: number, after: JobCursor | undefined): SigningJobs
  findDead(id: string): SigningJob | undefined
  /** State of a task that waits or is at work, by what its key begins with; `queued` before `active`. */
  findLive(prefixes: readonly string[]): LiveJobState | undefined
  depth(): QueueDepth
  /** See SigningLedger. */
  take(...wish: Parameters<SigningLedger['take']>): Promise<boolean>
  /** Notes that a subject was pushed by digest alone. */
  noteUntagged(key: string, subject: Subject): void
  /** Takes that back, where its state is forgotten. */
  forgetUntagged(key: string): void
  listUntagged(limit: number, after: string): UntaggedSubjects
  readDocument(key: string): string | undefined
  writeDocument(key: string, document: string | undefined): void
}

/** The class; its one object is named by DIRECTORY_NAME. */
export class SigningDirectory extends DurableObject implements SigningDirectoryMethods {
  constructor(ctx: unknown, env: unknown) {
    super(ctx, env)
    this.#sql(TABLES)
  }

  #sql(statement: string, ...values: readonly (string | number | null)[]): SqlRow[] {
    return this.ctx.storage.sql.exec(statement, ...values).toArray()
  }

  note(tasks: readonly WaitingTask[]): NotedTasks {
    const nowMs = Date.now()
    forgetOldNotes(this.ctx.storage.sql, nowMs)
    const fresh: string[] = []
    const unsure: string[] = []
    for (const { id, key, task } of tasks) {
      if (this.#has('queued', key)) continue
      if (this.#has('sending', key)) {
        unsure.push(id)
        continue
      }
      this.#store({ id, key, task, attempts: 0, state: 'sending' }, nowMs)
      fresh.push(id)
    }
    return { fresh, unsure }
  }

  #has(state: string, key: string): boolean {
    return this.#sql('SELECT 1 FROM job WHERE state = ? AND key = ?', state, key).length > 0
  }

  confirm(ids: readonly string[]): void {
    // One that has begun since, or ended, is past that.
    for (const id of ids)
      this.#sql("UPDATE job SET state = 'queued' WHERE id = ? AND state = 'sending'", id)
  }

  forget(ids: readonly string[]): void {
    for (const id of ids) this.#sql('DELETE FROM job WHERE id = ?', id)
  }

  begin({ id, key, task }: WaitingTask): number {
    const [before] = this.#sql('SELECT attempts FROM job WHERE id = ?', id)
    const attempts = Number(before?.attempts ?? 0) + 1
    this.#store({ id, key, task, attempts, state: 'active' }, Date.now())
    return attempts
  }

  end({ state, ...attempt }: EndedAttempt): void {
    this.#sql('DELETE FROM job WHERE id = ?', attempt.id)
    if (state === undefined) return
    // One for each kind of task: what fails again and again would fill pages with the same.
    if (state === 'dead')
      this.#sql('DELETE FROM job WHERE state = ? AND key = ?', state, attempt.key)
    // What waits for its next attempt keeps no fresh task of its kind away.
    const key = state === 'queued' ? attempt.key + AGAIN : attempt.key
    this.#store({ ...attempt, key, state }, Date.now())
  }

  #store(
    {
      id,
      key,
      task,
      attempts,
      state,
      code,
      message,
    }: Omit<EndedAttempt, 'state'> & { readonly state: string },
    nowMs: number,
  ): void {
    this.#sql(
      `INSERT INTO job VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET
         state = excluded.state, attempts = excluded.attempts, updated_ms = excluded.updated_ms`,
      id,
      key,
      state,
      JSON.stringify(task),
      attempts,
      code ?? null,
      message ?? null,
      nowMs,
      nowMs,
    )
  }

  list(state: SigningJob['state'], limit: number, after: JobCursor | undefined): SigningJobs {
    forgetOldJobs(this.ctx.storage.sql, Date.now())
    const rows =
      after === undefined
        ? this.#sql(
            'SELECT * FROM job WHERE state = ? ORDER BY created_ms, id LIMIT ?',
            state,
            limit,
          )
        : this.#sql(
            'SELECT * FROM job WHERE state = ? AND (created_ms, id) > (?, ?) ORDER BY created_ms, id LIMIT ?',
            state,
            Date.parse(after.time),
            after.id,
            limit,
          )
    const last = rows.at(-1)
    const jobs = rows.map(jobOf)
    return rows.length < limit || last === undefined
      ? { jobs }
      : {
          jobs,
          next: encodeJobCursor({
            time: new Date(Number(last.created_ms)).toISOString(),
            id: String(last.id),
          }),
        }
  }

  findDead(id: string): SigningJob | undefined {
    const [row] = this.#sql('SELECT * FROM job WHERE state = ? AND id = ?', 'dead', id)
    return row === undefined ? undefined : jobOf(row)
  }

  findLive(prefixes: readonly string[]): LiveJobState | undefined {
    forgetOldJobs(this.ctx.storage.sql, Date.now())
    const has = (state: string): boolean =>
      prefixes.some((prefix) => {
        // A range, so that the index serves; keys are ASCII but for what nothing here sorts after.
        const range = [prefix, `${prefix}\u{10ffff}`]
        const found = 'SELECT id FROM job WHERE state = ? AND key >= ? AND key < ? LIMIT 1'
        return this.#sql(found, state, ...range).length > 0
      })
    if (has('queued') || has('sending')) return 'queued'
    return has('active') ? 'active' : undefined
  }

  depth(): QueueDepth {
    forgetOldJobs(this.ctx.storage.sql, Date.now())
    const counts = new Map(
      this.#sql('SELECT state, count(*) AS jobs FROM job GROUP BY state').map(({ state, jobs }) => [
        state,
        Number(jobs),
      ]),
    )
    const of = (state: string): number => counts.get(state) ?? 0
    return { queued: of('queued') + of('sending'), active: of('active'), dead: of('dead') }
  }

  async take(...[budget, day, limit, token]: Parameters<SigningLedger['take']>): Promise<boolean> {
    const { storage } = this.ctx
    const isTaken = takeOfDay(storage.sql, budget, day, limit, token)
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + DAY_MS)
    return isTaken
  }

  /** Days that are over are forgotten; yesterday may be the day of somebody whose clock is behind. */
  async alarm(): Promise<void> {
    const { storage } = this.ctx
    const yesterday = new Date(Date.now() - DAY_MS).toISOString().slice(0, 'YYYY-MM-DD'.length)
    const found = forgetDays(storage.sql, yesterday)
    if (found !== 'empty') await storage.setAlarm(Date.now() + (found === 'more' ? 0 : DAY_MS))
  }

  noteUntagged(key: string, subject: Subject): void {
    this.#sql('INSERT OR REPLACE INTO untagged VALUES (?, ?)', key, JSON.stringify(subject))
  }

  forgetUntagged(key: string): void {
    this.#sql('DELETE FROM untagged WHERE key = ?', key)
  }

  listUntagged(limit: number, after: string): UntaggedSubjects {
    const page = 'SELECT * FROM untagged WHERE key > ? ORDER BY key LIMIT ?'
    const rows = this.#sql(page, after, limit)
    const last = rows.at(-1)
    return {
      // Only this class has written them.
      subjects: rows.map(({ subject }) => JSON.parse(String(subject)) as Subject),
      ...(last === undefined || rows.length < limit ? {} : { next: String(last.key) }),
    }
  }

  readDocument(key: string): string | undefined {
    const [row] = this.#sql('SELECT document FROM document WHERE key = ?', key)
    return row === undefined ? undefined : String(row.document)
  }

  writeDocument(key: string, document: string | undefined): void {
    if (document === undefined) {
      this.#sql('DELETE FROM document WHERE key = ?', key)
      return
    }
    this.#sql(
      'INSERT INTO document VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET document = excluded.document',
      key,
      document,
    )
  }
}
