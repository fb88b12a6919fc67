import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FetchedTask, TaskQueue } from '../../../../functions/server/queue/task-queue.ts'
import { startTaskWorker } from '../../../../functions/server/queue/task-worker.ts'
import type { TaskOutcome } from '../../../../functions/signing/task.ts'
import { subjectOf } from '../../../signing-engine/subjects.ts'

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const SETTLED: TaskOutcome = { kind: 'settled', followUps: [] }

/** A worker that has found its queue empty; a task ends when the test says so. */
async function createScene(concurrency: number) {
  const waiting: FetchedTask[] = []
  const ends: (() => void)[] = []
  const fetches: number[] = []
  const queue = {
    async fetch(count: number) {
      fetches.push(count)
      return waiting.splice(0, count)
    },
    finish: async () => {},
    touch: async () => {},
  } as Pick<TaskQueue, 'fetch' | 'finish' | 'touch'> as TaskQueue
  const worker = startTaskWorker({
    queue,
    concurrency,
    perform: () =>
      new Promise((resolve) => {
        ends.push(() => resolve(SETTLED))
      }),
    log: () => {},
  })
  await pass(0)
  fetches.length = 0
  let sent = 0
  return {
    worker,
    fetches,
    running: () => ends.length,
    send(count: number) {
      for (let i = 0; i < count; i++) {
        sent += 1
        const task = { kind: 'look', ...subjectOf(sent), reason: 'event', heardAt: '' } as const
        waiting.push({ task, attempt: 1, job: { id: `${sent}`, retryCount: 0 }, createdAt: '' })
      }
      worker.wake()
    },
    end(count: number) {
      for (const done of ends.splice(0, count)) done()
    },
  }
}

describe('startTaskWorker()', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  it('fetches at once what is sent while nothing is at work', async () => {
    const scene = await createScene(8)
    scene.send(1)
    await pass(0)
    expect(scene.running()).toBe(1)
    expect(scene.fetches).toEqual([8])
  })

  it('fetches together what is sent one after another while some are at work', async () => {
    const scene = await createScene(8)
    scene.send(1)
    await pass(0)
    for (let i = 0; i < 3; i++) {
      scene.send(1)
      await pass(1)
    }
    expect(scene.running()).toBe(1)
    await pass(50)
    expect(scene.running()).toBe(4)
    expect(scene.fetches).toEqual([8, 7])
  })

  it('fills a quarter of the places at once where there is a backlog', async () => {
    const scene = await createScene(8)
    scene.send(20)
    await pass(0)
    scene.end(1)
    await pass(0)
    expect(scene.running()).toBe(7)
    scene.end(1)
    await pass(0)
    expect(scene.running()).toBe(8)
    expect(scene.fetches).toEqual([8, 2])
  })

  it('looks by itself once a second, and not after every end', async () => {
    const scene = await createScene(8)
    scene.send(2)
    await pass(0)
    scene.end(2)
    await pass(900)
    expect(scene.fetches).toEqual([8])
    await pass(200)
    expect(scene.fetches).toEqual([8, 8])
  })

  it('finishes what runs before it has stopped, and fetches nothing more', async () => {
    const scene = await createScene(1)
    scene.send(2)
    await pass(0)
    let hasStopped = false
    const stopped = scene.worker.stop().then(() => {
      hasStopped = true
    })
    await pass(100)
    expect(hasStopped).toBe(false)
    scene.end(1)
    await pass(0)
    await stopped
    expect(scene.fetches).toEqual([1])
  })
})
