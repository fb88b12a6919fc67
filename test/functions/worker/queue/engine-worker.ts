// A Worker that runs the signing engine of Workers for tests: its engine is called over HTTP, and it asks the
// binding TEST what actors and tasks do. It holds nothing of the API.
/// <reference path="../../../../functions/worker/queue/cloudflare-workers.d.ts" />

import type { Actor, PerformTask, SigningEngine } from '../../../../functions/signing/engine.ts'
import type { FollowUp, TaskOutcome } from '../../../../functions/signing/task.ts'
import type { PresentBindings } from '../../../../functions/worker/queue/bindings.ts'
import type { MessageBatch } from '../../../../functions/worker/queue/platform.ts'
import {
  createQueueEngine,
  keepDeadLetters,
  ledgerOf,
  performBatch,
  untaggedListOf,
} from '../../../../functions/worker/queue/queue-engine.ts'
import { createSigningActorClass } from '../../../../functions/worker/queue/signing-actor.ts'
import { isNotationError } from '../../../../shared/errors.ts'
import { webCrypto } from '../../../../shared/web-crypto.ts'
import type { ActorStep, ActorWish, EngineAnswer, EngineCall, TestCall } from './engine-dialogue.ts'

export { SigningDirectory } from '../../../../functions/worker/queue/signing-directory.ts'

interface TestBindings extends PresentBindings {
  /** The process of the tests. */
  readonly TEST: { fetch(url: string, init: RequestInit): Promise<Response> }
}

export default {
  async fetch(request: Request, bindings: TestBindings): Promise<Response> {
    const call = (await request.json()) as EngineCall
    if (call.method === 'abandon') return abandon(call.tasks, bindings)
    return Response.json(await answer(call, createQueueEngine(bindings, webCrypto)))
  },

  async queue(batch: MessageBatch, bindings: TestBindings): Promise<void> {
    if (batch.queue.endsWith('-dead')) return keepDeadLetters(batch, bindings)
    const perform: PerformTask = (task, attempt) =>
      tell<TaskOutcome>(bindings, { want: 'perform', task, attempt })
    await performBatch(batch, bindings, createQueueEngine(bindings, webCrypto), perform)
  },
}

/** Its actor is the test's. */
export const SigningActor = createSigningActorClass<TestBindings>(async (bindings) => ({
  actor: actorOfTest(bindings),
  ledger: ledgerOf(bindings),
  untagged: untaggedListOf(bindings, webCrypto),
}))

function actorOfTest(bindings: TestBindings): Actor {
  return async (command, { subject, store, ledger }) => {
    const grant = (wanted: ActorWish): Promise<unknown> => {
      if (wanted.wish === 'read') return store.read()
      if (wanted.wish === 'write') return store.write(wanted.state)
      return ledger.take(...wanted.values)
    }
    let step = await tell<ActorStep>(bindings, { want: 'act', subject, command })
    while ('wish' in step) {
      const { conversation, wish } = step
      const value = await grant(wish)
      step = await tell<ActorStep>(bindings, { want: 'continue', conversation, value })
    }
    if ('thrown' in step) throw new Error(step.thrown)
    return step.reply
  }
}

async function tell<Answer>({ TEST }: TestBindings, call: TestCall): Promise<Answer> {
  const answer = await TEST.fetch('http://test/', { method: 'POST', body: JSON.stringify(call) })
  if (!answer.ok) throw new Error(`the test answered ${answer.status}`)
  return (await answer.json()) as Answer
}

async function answer(
  call: Exclude<EngineCall, { method: 'abandon' }>,
  engine: SigningEngine,
): Promise<EngineAnswer> {
  try {
    return { value: await carryOut(call, engine) }
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    return { failure: { code: cause.code, message: cause.message } }
  }
}

/** Answers in the midst of sending, which ends all that the request has begun. */
async function abandon(tasks: readonly FollowUp[], bindings: TestBindings): Promise<Response> {
  const sending = Promise.withResolvers<void>()
  const SIGNING_QUEUE = {
    sendBatch: () => {
      sending.resolve()
      return new Promise<never>(() => {})
    },
  }
  void createQueueEngine({ ...bindings, SIGNING_QUEUE }, webCrypto).enqueue(tasks)
  await sending.promise
  return Response.json({} satisfies EngineAnswer)
}

function carryOut(
  call: Exclude<EngineCall, { method: 'abandon' }>,
  engine: SigningEngine,
): Promise<unknown> {
  switch (call.method) {
    case 'enqueue':
      return engine.enqueue(call.tasks)
    case 'ask':
      return engine.ask(call.subject, call.command)
    case 'readState':
      return engine.readState(call.subject)
    case 'waitForChange':
      return engine.waitForChange(call.subject, call.since, call.timeoutMs)
    case 'listJobs':
      return engine.listJobs(call.query)
    case 'replay':
      return engine.replay(call.id, () => call.isWanted)
    case 'listUntagged':
      return engine.listUntagged(call.query)
    case 'findLook':
      return engine.findLook(call.subject, call.tag)
    case 'depth':
      return engine.depth()
    case 'readDocument':
      return engine.documents.read(call.key)
    case 'writeDocument':
      return engine.documents.write(call.key, call.document)
  }
}
