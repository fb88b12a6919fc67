import { beforeEach, expect, it, vi } from 'vitest'
import { lookKeyPrefixes } from '../../../../functions/signing/task.ts'
import type { PresentBindings } from '../../../../functions/worker/queue/bindings.ts'
import { sendTasks } from '../../../../functions/worker/queue/send-tasks.ts'
import { SigningDirectory } from '../../../../functions/worker/queue/signing-directory.ts'
import { webCrypto } from '../../../../shared/web-crypto.ts'
import { lookAt, subjectOf } from '../../../signing-engine/subjects.ts'
import { createObjectStorage } from './object-storage.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    constructor(ctx: unknown) {
      this.ctx = ctx
    }
  },
}))

/** What the platform takes in one batch. */
const PLATFORM_MESSAGES = 100
const PLATFORM_BYTES = 256_000
/** What the platform takes to accept a batch. */
const BATCH_MS = 60

interface Sent {
  readonly body: object
}

let directory: SigningDirectory
let batches: (readonly Sent[])[]
let bindings: PresentBindings

beforeEach(() => {
  directory = new SigningDirectory({ storage: createObjectStorage() }, {})
  batches = []
  bindings = {
    SIGNING_QUEUE: {
      async sendBatch(messages) {
        batches.push(messages as readonly Sent[])
      },
    },
    SIGNING_ACTOR: {} as never,
    SIGNING_DIRECTORY: { idFromName: () => ({}), get: () => directory as never },
  }
})

const send = (tasks: readonly ReturnType<typeof lookAt>[]) =>
  sendTasks(
    tasks.map((task) => ({ task })),
    bindings,
    webCrypto,
  )

it('sendTasks() sends no batch that the platform refuses, however long tasks are', async () => {
  const roots = Array.from({ length: 32 }, (_, i) => ({
    tag: `${'t'.repeat(120)}-${i}`,
    digest: subjectOf(i).digest,
  }))
  const parent = { digest: subjectOf(999).digest, rules: ['all'], depth: 1, roots }
  await send(Array.from({ length: 100 }, (_, i) => lookAt(subjectOf(i), { parent })))

  expect(batches.flat()).toHaveLength(100)
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(PLATFORM_MESSAGES)
    expect(JSON.stringify(batch).length).toBeLessThan(PLATFORM_BYTES)
  }
  // The tags stand in the task, and not in its key, too.
  for (const { body } of batches.flat())
    expect(JSON.stringify(body).split(roots[0]?.tag ?? '')).toHaveLength(2)
  expect(directory.findLive(lookKeyPrefixes(subjectOf(7), undefined))).toBe('queued')
  expect(directory.findLive(lookKeyPrefixes(subjectOf(100), undefined))).toBeUndefined()
})

it('sendTasks() sends looks for one parent and for another', async () => {
  const parentOf = (i: number) => ({ digest: subjectOf(i).digest, rules: ['all'], depth: 1 })
  const parents = [parentOf(1), parentOf(2), parentOf(1)]
  await send(parents.map((parent) => lookAt(subjectOf(0), { parent })))
  expect(batches.map(({ length }) => length)).toEqual([2])
})

it('sendTasks() keeps the note of each task while many are sent and others ask', async () => {
  vi.useFakeTimers()
  try {
    bindings = {
      ...bindings,
      SIGNING_QUEUE: {
        async sendBatch(messages) {
          await new Promise((resolve) => setTimeout(resolve, BATCH_MS))
          batches.push(messages as readonly Sent[])
          directory.depth()
        },
      },
    }
    const tasks = Array.from({ length: 3000 }, (_, i) => lookAt(subjectOf(i)))
    const sending = send(tasks)
    await vi.advanceTimersByTimeAsync(30 * BATCH_MS)
    await sending
    expect(directory.depth()).toMatchObject({ queued: 3000 })
    await send(tasks)
    expect(batches.flat()).toHaveLength(3000)
  } finally {
    vi.useRealTimers()
  }
})

it('sendTasks() takes back what the queue did not take, so that it can be sent at once', async () => {
  const away = async () => Promise.reject(new Error('it is away'))
  const { SIGNING_QUEUE: queue } = bindings
  bindings = { ...bindings, SIGNING_QUEUE: { sendBatch: away } }
  await expect(send([lookAt(subjectOf(1))])).rejects.toThrow('it is away')
  expect(directory.depth()).toEqual({ queued: 0, active: 0, dead: 0 })

  bindings = { ...bindings, SIGNING_QUEUE: queue }
  await send([lookAt(subjectOf(1))])
  expect(batches.flat()).toHaveLength(1)
})
