// The signing engine of Cloudflare Workers: Queues for the tasks, a Durable Object for each subject, one for what
// all share.

import type { Crypto } from '../../../shared/crypto.ts'
import { isNotationError, NotationError } from '../../../shared/errors.ts'
import { toNotationError } from '../../problem.ts'
import type { PerformTask, SigningEngine, SigningLedger } from '../../signing/engine.ts'
import { parseJobCursor } from '../../signing/job-cursor.ts'
import { delayAfter } from '../../signing/retry.ts'
import { type Subject, subjectKey } from '../../signing/subject.ts'
import { lookKeyPrefixes, replayOf, type TaskOutcome } from '../../signing/task.ts'
import { directoryOf, type PresentBindings } from './bindings.ts'
import type { MessageBatch, QueueMessage, Remote } from './platform.ts'
import { sendTasks, wholeDelay } from './send-tasks.ts'
import type { SigningActorMethods, UntaggedList } from './signing-actor.ts'
import type { WaitingTask } from './signing-directory.ts'

/** The budgets that all actors share. */
export function ledgerOf(bindings: PresentBindings): SigningLedger {
  return { take: (...wish) => guard(() => directoryOf(bindings).take(...wish)) }
}

/** The list of what was pushed by digest alone, for the objects of subjects. */
export function untaggedListOf(bindings: PresentBindings, crypto: Crypto): UntaggedList {
  const directory = directoryOf(bindings)
  const withKey = async (
    subject: Subject,
    change: (key: string) => Promise<unknown>,
  ): Promise<void> => {
    const key = await subjectKey(subject, crypto)
    await guard(() => change(key))
  }
  return {
    add: (subject) => withKey(subject, (key) => directory.noteUntagged(key, subject)),
    remove: (subject) => withKey(subject, (key) => directory.forgetUntagged(key)),
  }
}

/** Creates the engine of a request, a batch or a schedule: all that it knows lies in the bindings. */
export function createQueueEngine(bindings: PresentBindings, crypto: Crypto): SigningEngine {
  const directory = directoryOf(bindings)
  const objectOf = async (subject: Subject): Promise<Remote<SigningActorMethods>> => {
    const { SIGNING_ACTOR: actors } = bindings
    return actors.get(actors.idFromName(await subjectKey(subject, crypto)))
  }
  return {
    enqueue: (tasks) => guard(() => sendTasks(tasks, bindings, crypto)),
    ask: (subject, command) => guard(async () => (await objectOf(subject)).ask(subject, command)),
    readState: (subject) => guard(async () => (await objectOf(subject)).readState()),
    waitForChange: (subject, since, timeoutMs) =>
      guard(async () => (await objectOf(subject)).waitForChange(since, timeoutMs)),
    listJobs: ({ state = 'dead', limit, after }) =>
      guard(async () =>
        directory.list(state, limit, after === undefined ? undefined : parseJobCursor(after)),
      ),
    replay: (id, isWanted = () => true) =>
      guard(async () => {
        const job = await directory.findDead(id)
        if (job === undefined || !isWanted(job.task)) return false
        await sendTasks([{ task: replayOf(job.task) }], bindings, crypto)
        await directory.forget([id])
        return true
      }),
    findLook: (subject, tag) => guard(() => directory.findLive(lookKeyPrefixes(subject, tag))),
    depth: () => guard(() => directory.depth()),
    listUntagged: ({ limit, after = '' }) => guard(() => directory.listUntagged(limit, after)),
    documents: {
      read: (key) =>
        guard(async () => {
          const text = await directory.readDocument(key)
          return text === undefined ? undefined : (JSON.parse(text) as unknown)
        }),
      write: (key, document) =>
        guard(() =>
          directory.writeDocument(
            key,
            document === undefined ? undefined : JSON.stringify(document),
          ),
        ),
    },
  }
}

/** Performs the messages of a batch, each acknowledged for itself. */
export async function performBatch(
  { messages }: MessageBatch,
  bindings: PresentBindings,
  engine: SigningEngine,
  perform: PerformTask,
): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      try {
        await performMessage(message, bindings, engine, perform)
      } catch (cause) {
        putOff(message, cause)
      }
    }),
  )
}

/**
 * Has messages that could not be performed, or whose outcome could not be stored, come again, whole.
 *
 * What a consumer throws has the platform deliver the batch again at once, and give it up within a second.
 */
export function putOffBatch({ messages }: MessageBatch, cause: unknown): void {
  for (const message of messages) putOff(message, cause)
}

function putOff(message: QueueMessage, cause: unknown): void {
  message.retry({ delaySeconds: delayAfter(message.attempts, toNotationError(cause)) })
}

/** Messages that the platform gave up, though no task of ours should come there: each is kept as a dead letter. */
export async function keepDeadLetters(
  batch: MessageBatch,
  bindings: PresentBindings,
): Promise<void> {
  const directory = directoryOf(bindings)
  for (const message of batch.messages) {
    const code = 'internal'
    const text = 'the platform gave the task up after its last delivery'
    const attempts = message.attempts
    try {
      await directory.end({ ...bodyOf(message), attempts, state: 'dead', code, message: text })
      message.ack()
    } catch (cause) {
      putOff(message, cause)
    }
  }
}

async function performMessage(
  message: QueueMessage,
  bindings: PresentBindings,
  engine: SigningEngine,
  perform: PerformTask,
): Promise<void> {
  const waiting = bodyOf(message)
  // Not the platform's count: a message that was put off was delivered, and nothing was attempted.
  const attempts = await directoryOf(bindings).begin(waiting)
  const end = (how: object) => directoryOf(bindings).end({ ...waiting, attempts, ...how })
  let outcome: TaskOutcome
  try {
    outcome = await perform(waiting.task, attempts, engine)
    if (outcome.followUps.length > 0) await engine.enqueue(outcome.followUps)
  } catch (cause) {
    // It waits, and whoever lists what waits sees why.
    const { code, message: reason } = toNotationError(cause)
    await end({ state: 'queued', code, message: reason })
    throw cause
  }
  await end(endOf(outcome))
  if (outcome.kind === 'retry') message.retry({ delaySeconds: wholeDelay(outcome.delaySeconds) })
  else message.ack()
}

function endOf(outcome: TaskOutcome): object {
  if (outcome.kind === 'settled') return {}
  const { kind, code, message } = outcome
  return kind === 'dead' ? { state: 'dead', code, message } : { state: 'queued', code, message }
}

/** Only this file sends messages. */
function bodyOf({ body }: QueueMessage): WaitingTask {
  return body as WaitingTask
}

/** What comes over from an object is an Error without its class: whatever it was, the queue could not be used. */
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
