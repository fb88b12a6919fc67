// The signing engine of Cloudflare Workers: Queues for the tasks, a Durable Object for each subject, one for what
// all share.

import type { Crypto } from '../../../shared/crypto.ts'
import { isNotationError, NotationError } from '../../../shared/errors.ts'
import { toNotationError } from '../../problem.ts'
import type { PerformTask, SigningEngine, SigningLedger } from '../../signing/engine.ts'
import { parseJobCursor } from '../../signing/job-cursor.ts'
import { delayAfter } from '../../signing/retry.ts'
import { type Subject, subjectKey } from '../../signing/subject.ts'
import {
  type FollowUp,
  lookKeyPrefixes,
  replayOf,
  type TaskOutcome,
  taskKey,
} from '../../signing/task.ts'
import type {
  MessageBatch,
  ObjectNamespace,
  QueueMessage,
  QueueProducer,
  Remote,
} from './platform.ts'
import type { SigningActorMethods, UntaggedList } from './signing-actor.ts'
import type { SigningDirectoryMethods, WaitingTask } from './signing-directory.ts'

/** Bindings that signing by rules needs, all or none. */
export interface SigningBindings {
  readonly SIGNING_QUEUE?: QueueProducer
  readonly SIGNING_ACTOR?: ObjectNamespace<SigningActorMethods>
  readonly SIGNING_DIRECTORY?: ObjectNamespace<SigningDirectoryMethods>
}

/** The bindings, there. */
export type PresentBindings = {
  readonly [Name in keyof SigningBindings]-?: NonNullable<SigningBindings[Name]>
}

/** The name of the one directory. */
const DIRECTORY_NAME = 'directory'
/** Messages that the platform takes at once. */
const MAX_BATCH = 100
/** Another is sending the same task, which takes milliseconds: until it is known whether the queue has it. */
const UNSURE_POLL_MS = 100
/** The platform delays a message by twelve hours at most; no delay of ours comes near. */
const MAX_DELAY_SECONDS = 12 * 3600

/**
 * The bindings that signing by rules needs.
 *
 * @returns undefined where there is none of them: then nothing signs by itself
 * @throws {NotationError} `configuration-invalid` naming what is missing
 */
export function signingBindings(bindings: SigningBindings): PresentBindings | undefined {
  const { SIGNING_QUEUE, SIGNING_ACTOR, SIGNING_DIRECTORY } = bindings
  if (SIGNING_QUEUE !== undefined && SIGNING_ACTOR !== undefined && SIGNING_DIRECTORY !== undefined)
    return { SIGNING_QUEUE, SIGNING_ACTOR, SIGNING_DIRECTORY }
  const missing = Object.entries({ SIGNING_QUEUE, SIGNING_ACTOR, SIGNING_DIRECTORY })
    .filter(([, binding]) => binding === undefined)
    .map(([name]) => name)
  if (missing.length === 3) return undefined
  throw new NotationError(
    'configuration-invalid',
    `Cannot start: there is no binding ${missing.join(' and ')}; wrangler.signing.toml has all that signing by rules needs`,
  )
}

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
    enqueue: (tasks) => guard(() => enqueue(tasks, bindings)),
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
        await enqueue([{ task: replayOf(job.task) }], bindings)
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
  // By another stub: one whose object was thrown out answers no more.
  const end = (how: object) => directoryOf(bindings).end({ ...waiting, attempts, ...how })
  let outcome: TaskOutcome
  try {
    outcome = await perform(waiting.task, attempts, engine)
    await enqueue(outcome.followUps, bindings)
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

/** Resolves when the queue has one of each task's key, whoever sent it. */
async function enqueue(tasks: readonly FollowUp[], bindings: PresentBindings): Promise<void> {
  const directory = directoryOf(bindings)
  const byKey = new Map(tasks.map((wanted) => [taskKey(wanted.task), wanted]))
  let messages = [...byKey].map(([key, { task, delaySeconds = 0 }]) => ({
    body: { id: crypto.randomUUID(), key, task },
    delaySeconds: wholeDelay(delaySeconds),
  }))
  while (messages.length > 0) {
    const { fresh, unsure } = await directory.note(messages.map(({ body }) => body))
    const ofIds = (ids: readonly string[]) => messages.filter(({ body }) => ids.includes(body.id))
    await send(ofIds(fresh), bindings)
    messages = ofIds(unsure)
    if (messages.length > 0) await new Promise((resolve) => setTimeout(resolve, UNSURE_POLL_MS))
  }
}

async function send(
  messages: readonly { readonly body: WaitingTask; readonly delaySeconds: number }[],
  bindings: PresentBindings,
): Promise<void> {
  if (messages.length === 0) return
  const directory = directoryOf(bindings)
  const ids = messages.map(({ body }) => body.id)
  try {
    for (let i = 0; i < messages.length; i += MAX_BATCH)
      await bindings.SIGNING_QUEUE.sendBatch(messages.slice(i, i + MAX_BATCH))
  } catch (cause) {
    await directory.forget(ids)
    throw cause
  }
  await directory.confirm(ids)
}

function wholeDelay(seconds: number): number {
  return Math.min(Math.ceil(seconds), MAX_DELAY_SECONDS)
}

function directoryOf({
  SIGNING_DIRECTORY: directories,
}: PresentBindings): Remote<SigningDirectoryMethods> {
  return directories.get(directories.idFromName(DIRECTORY_NAME))
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
