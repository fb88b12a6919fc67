// Sends tasks to the queue, each noted in the directory, so that of the same only one waits.

import { encodeUtf8, toHex } from '../../../shared/bytes.ts'
import type { Crypto } from '../../../shared/crypto.ts'
import { type FollowUp, type Task, taskKey } from '../../signing/task.ts'
import { directoryOf, type PresentBindings } from './bindings.ts'
import type { WaitingTask } from './signing-directory.ts'

/** Messages that the platform takes at once … */
const MAX_BATCH = 100
/** … and bytes of them together: it takes 256 KB, its own counted. */
const MAX_BATCH_BYTES = 200_000
/** Another is sending the same task, which takes milliseconds: until it is known whether the queue has it. */
const UNSURE_POLL_MS = 100
/** The platform delays a message by twelve hours at most; no delay of ours comes near. */
const MAX_DELAY_SECONDS = 12 * 3600

/** Seconds as the platform takes them. */
export function wholeDelay(seconds: number): number {
  return Math.min(Math.ceil(seconds), MAX_DELAY_SECONDS)
}

interface OutgoingMessage {
  readonly body: WaitingTask
  readonly delaySeconds: number
}

/**
 * Resolves when the queue has one of each task's key, whoever sent it.
 *
 * @throws {Error} what the platform throws; some of the tasks may have been sent then
 */
export async function sendTasks(
  tasks: readonly FollowUp[],
  bindings: PresentBindings,
  crypto: Crypto,
): Promise<void> {
  const byKey = new Map<string, FollowUp>()
  for (const wanted of tasks) byKey.set(await boundedKey(wanted.task, crypto), wanted)
  const messages = [...byKey].map(([key, { task, delaySeconds = 0 }]) => ({
    body: { id: globalThis.crypto.randomUUID(), key, task },
    delaySeconds: wholeDelay(delaySeconds),
  }))
  // Each batch is noted right before it is sent and confirmed right after: notes do not last while others are sent.
  for (const batch of batchesOf(messages)) await enqueueBatch(batch, bindings)
}

/** What begins as taskKey does, as far as lookKeyPrefixes goes; what may be long after that is hashed. */
async function boundedKey(task: Task, crypto: Crypto): Promise<string> {
  const key = taskKey(task)
  if (task.kind !== 'look' || task.parent === undefined) return key
  const { registry, repository, digest, tag } = task
  const head = JSON.stringify(['look', registry, repository, digest, tag]).slice(0, -1)
  return `${head},${toHex(await crypto.digest('SHA-256', encodeUtf8(key)))}`
}

function batchesOf(messages: readonly OutgoingMessage[]): readonly OutgoingMessage[][] {
  const batches: OutgoingMessage[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const message of messages) {
    const size = encodeUtf8(JSON.stringify(message.body)).length
    const last = batches.at(-1)
    if (last === undefined || last.length === MAX_BATCH || bytes + size > MAX_BATCH_BYTES) {
      batches.push([message])
      bytes = size
    } else {
      last.push(message)
      bytes += size
    }
  }
  return batches
}

async function enqueueBatch(
  batch: readonly OutgoingMessage[],
  bindings: PresentBindings,
): Promise<void> {
  let messages = batch
  while (messages.length > 0) {
    const { fresh, unsure } = await directoryOf(bindings).note(messages.map(({ body }) => body))
    const ofIds = (ids: readonly string[]) => messages.filter(({ body }) => ids.includes(body.id))
    await send(ofIds(fresh), bindings)
    messages = ofIds(unsure)
    if (messages.length > 0) await new Promise((resolve) => setTimeout(resolve, UNSURE_POLL_MS))
  }
}

async function send(
  messages: readonly OutgoingMessage[],
  bindings: PresentBindings,
): Promise<void> {
  if (messages.length === 0) return
  const ids = messages.map(({ body }) => body.id)
  try {
    await bindings.SIGNING_QUEUE.sendBatch(messages)
  } catch (cause) {
    await directoryOf(bindings).forget(ids)
    throw cause
  }
  await directoryOf(bindings).confirm(ids)
}
