// The worker: fetches tasks when there is room and something to fetch, woken by whoever sends, and ends them
// as they turn out.

import type { TaskOutcome } from '../../signing/task.ts'
import { type FetchedTask, type TaskQueue, TOUCH_MS } from './task-queue.ts'

/** Looked for without being woken: tasks whose time has come, and those of a machine that died. */
const SAFETY_POLL_MS = 1000
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
  let rouse = (): void => {}
  const wake = (): void => {
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
    } catch (error) {
      // It stays active, and without a heartbeat is given out again.
      log('task-not-ended', { reason: textOf(error) })
    } finally {
      running.delete(fetched)
      wake()
    }
  }
  const heartbeat = setInterval(() => {
    queue
      .touch([...running.keys()])
      .catch((error) => log('heartbeat-failed', { reason: textOf(error) }))
  }, TOUCH_MS)
  const loop = async (): Promise<void> => {
    while (!isStopping) {
      isAwake = false
      const room = concurrency - running.size
      try {
        const fetched = room === 0 ? [] : await queue.fetch(room)
        for (const task of fetched) running.set(task, work(task))
        if (fetched.length < room || room === 0) await rest(SAFETY_POLL_MS)
      } catch (error) {
        log('queue-unavailable', { reason: textOf(error) })
        await rest(FAILURE_PAUSE_MS)
      }
    }
  }
  const looping = loop()
  return {
    wake,
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
