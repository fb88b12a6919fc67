// The worker: fetches tasks when there is room and something to fetch, woken by whoever sends, and ends them
// as they turn out.

import type { TaskOutcome } from '../../signing/task.ts'
import { type FetchedTask, type TaskQueue, TOUCH_MS } from './task-queue.ts'

/** Looked for without being woken: tasks whose time has come, and those of a machine that died. */
const SAFETY_POLL_MS = 1000
/** While tasks are at work, single places wait so long for others to be filled with them: a fetch costs as much for many. */
const FETCH_PAUSE_MS = 50
/** With a backlog, as many free places of all are filled at once. */
const FREE_SHARE = 1 / 4
/** After the database failed. */
const FAILURE_PAUSE_MS = 1000

/** What a worker needs. */
export interface WorkerOptions {
  readonly queue: TaskQueue
  /** Tasks at once. */
  readonly concurrency: number
  readonly perform: (fetched: FetchedTask) => Promise<TaskOutcome>
  readonly log: (event: string, details: Readonly<Record<string, string | number>>) => void
}

/** A running worker. */
export interface TaskWorker {
  /** There may be something to fetch. */
  readonly wake: () => void
  /** Finishes what runs, fetches nothing more. */
  readonly stop: () => Promise<void>
}

/** Starts a worker. */
export function startTaskWorker({ queue, concurrency, perform, log }: WorkerOptions): TaskWorker {
  const running = new Map<FetchedTask, Promise<void>>()
  let isStopping = false
  let isAwake = false
  /** Nothing was left at the last fetch, and nothing has been sent since. */
  let isDrained = false
  /** As many as were asked for: there may be a backlog. */
  let wasFull = false
  let lastFetchAt = 0
  let rouse = (): void => {}
  const look = (): void => {
    isAwake = true
    rouse()
  }
  /** Ends early where it is woken; a call that came before counts too. */
  const rest = async (milliseconds: number): Promise<void> => {
    if (isAwake || isStopping) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds)
      rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    rouse = () => {}
  }
  const work = async (fetched: FetchedTask): Promise<void> => {
    try {
      const outcome = await perform(fetched)
      await queue.finish(fetched, outcome)
      if (outcome.followUps.length > 0) isDrained = false
    } catch (error) {
      // It stays active, and without a heartbeat is given out again.
      log('task-not-ended', { reason: textOf(error) })
    } finally {
      running.delete(fetched)
      look()
    }
  }
  const heartbeat = setInterval(() => {
    queue
      .touch([...running.keys()])
      .catch((error) => log('heartbeat-failed', { reason: textOf(error) }))
  }, TOUCH_MS)
  /** @returns milliseconds; 0 for at once */
  const pauseBeforeFetch = (): number => {
    const room = concurrency - running.size
    const sinceFetch = performance.now() - lastFetchAt
    if (room === 0) return SAFETY_POLL_MS
    if (isDrained) return Math.max(0, SAFETY_POLL_MS - sinceFetch)
    const isWorthIt = running.size === 0 || (wasFull && room >= concurrency * FREE_SHARE)
    return isWorthIt ? 0 : Math.max(0, FETCH_PAUSE_MS - sinceFetch)
  }
  const fetch = async (): Promise<void> => {
    const room = concurrency - running.size
    // Whoever wakes meanwhile may have sent after it was looked.
    isDrained = true
    lastFetchAt = performance.now()
    const fetched = await queue.fetch(room)
    for (const task of fetched) running.set(task, work(task))
    wasFull = fetched.length === room
    if (wasFull) isDrained = false
  }
  const loop = async (): Promise<void> => {
    while (!isStopping) {
      isAwake = false
      const pause = pauseBeforeFetch()
      if (pause > 0) {
        await rest(pause)
        continue
      }
      try {
        await fetch()
      } catch (error) {
        log('queue-unavailable', { reason: textOf(error) })
        await rest(FAILURE_PAUSE_MS)
      }
    }
  }
  const looping = loop()
  return {
    wake() {
      isDrained = false
      look()
    },
    async stop() {
      isStopping = true
      rouse()
      await looping
      await Promise.all(running.values())
      clearInterval(heartbeat)
    },
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
