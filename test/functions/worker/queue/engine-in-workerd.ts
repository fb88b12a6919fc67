// The signing engine of Workers in workerd, called from this process, with actors and a worker of this process.

import { join } from 'node:path'
import { build } from 'esbuild'
import { convertV4MiniflareOptions, Miniflare, type Request, Response } from 'miniflare'
import type {
  ActorContext,
  SigningEngine,
  SigningJobs,
} from '../../../../functions/signing/engine.ts'
import type { FollowUp } from '../../../../functions/signing/task.ts'
import { type ErrorCode, NotationError } from '../../../../shared/errors.ts'
import type { CreateEngine, EngineUnderTest } from '../../../signing-engine/suite.ts'
import type { ActorStep, ActorWish, EngineAnswer, EngineCall, TestCall } from './engine-dialogue.ts'

type Handlers = Parameters<CreateEngine>[0]

/** The engine, and a caller of it that is cut off. */
export interface EngineInWorkerd extends EngineUnderTest {
  /** Enqueues tasks and goes away before the queue has them. */
  readonly abandon: (tasks: readonly FollowUp[]) => Promise<void>
}

/** Starts it, with queues and objects as wrangler.signing.toml names them. */
export async function createEngineInWorkerd(handlers: Handlers): Promise<EngineInWorkerd> {
  const engine = engineOver((call) => callWorker(worker, call))
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: await bundle(),
      compatibilityDate: '2025-09-01',
      durableObjects: {
        SIGNING_ACTOR: { className: 'SigningActor', useSQLite: true },
        SIGNING_DIRECTORY: { className: 'SigningDirectory', useSQLite: true },
      },
      queueProducers: { SIGNING_QUEUE: 'signing' },
      queueConsumers: {
        signing: {
          maxBatchSize: 10,
          maxBatchTimeout: 0,
          maxRetries: 100,
          deadLetterQueue: 'signing-dead',
        },
        'signing-dead': { maxBatchSize: 10, maxBatchTimeout: 0 },
      },
      serviceBindings: { TEST: answerAsTest(handlers, engine) },
      // What an actor throws on purpose is no line of this process.
      handleStructuredLogs: () => {},
    }),
  )
  await worker.ready
  return {
    engine,
    async abandon(tasks) {
      await callWorker(worker, { method: 'abandon', tasks })
    },
    close: () => worker.dispose(),
  }
}

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'engine-worker.ts')],
    bundle: true,
    format: 'esm',
    external: ['cloudflare:workers'],
    write: false,
  })
  return outputFiles[0]?.text ?? ''
}

async function callWorker(worker: Miniflare, call: EngineCall): Promise<unknown> {
  const body = JSON.stringify(call)
  const response = await worker.dispatchFetch('http://engine/', { method: 'POST', body })
  if (!response.ok) throw new Error(`the Worker failed: ${await response.text()}`)
  const answer = (await response.json()) as EngineAnswer
  if (!('failure' in answer)) return answer.value
  throw new NotationError(answer.failure.code as ErrorCode, answer.failure.message)
}

function engineOver(call: (call: EngineCall) => Promise<unknown>): SigningEngine {
  const ask = <Answer>(what: EngineCall): Promise<Answer> => call(what) as Promise<Answer>
  return {
    enqueue: (tasks) => ask({ method: 'enqueue', tasks }),
    ask: (subject, command) => ask({ method: 'ask', subject, command }),
    readState: (subject) => ask({ method: 'readState', subject }),
    waitForChange: (subject, since, timeoutMs) =>
      ask({ method: 'waitForChange', subject, since, timeoutMs }),
    listJobs: (query) => ask({ method: 'listJobs', query }),
    async replay(id, isWanted = () => true) {
      // A question cannot be sent to the Worker, what it comes to can.
      const { jobs } = await ask<SigningJobs>({ method: 'listJobs', query: { limit: 100 } })
      const job = jobs.find((dead) => dead.id === id)
      return ask({ method: 'replay', id, isWanted: job === undefined || isWanted(job.task) })
    },
    listUntagged: (query) => ask({ method: 'listUntagged', query }),
    findLook: (subject, tag) => ask({ method: 'findLook', subject, tag }),
    depth: () => ask({ method: 'depth' }),
    documents: {
      read: (key) => ask({ method: 'readDocument', key }),
      write: (key, document) => ask({ method: 'writeDocument', key, document }),
    },
  }
}

/** Performs, and acts step by step: what an actor asks for is given by the Worker's next request. */
function answerAsTest(
  { actor, perform }: Handlers,
  engine: SigningEngine,
): (request: Request) => Promise<Response> {
  const conversations: Conversation[] = []
  const begin = (
    { subject, command }: Extract<TestCall, { want: 'act' }>,
    conversation: number,
  ): Conversation =>
    converse(conversation, (surroundings) => actor(command, { subject, ...surroundings }))
  return async (request) => {
    const call = (await request.json()) as TestCall
    if (call.want === 'perform')
      return Response.json(await perform(call.task, call.attempt, engine))
    if (call.want === 'continue')
      return Response.json(await conversations[call.conversation]?.continueWith(call.value))
    const conversation = begin(call, conversations.length)
    conversations.push(conversation)
    return Response.json(await conversation.first)
  }
}

interface Conversation {
  readonly first: Promise<ActorStep>
  readonly continueWith: (value: unknown) => Promise<ActorStep>
}

function converse(
  conversation: number,
  act: (surroundings: Pick<ActorContext, 'store' | 'ledger'>) => ReturnType<Handlers['actor']>,
): Conversation {
  let step = Promise.withResolvers<ActorStep>()
  let granted = Promise.withResolvers<unknown>()
  const first = step.promise
  const ask = <Answer>(wish: ActorWish): Promise<Answer> => {
    granted = Promise.withResolvers()
    step.resolve({ conversation, wish })
    return granted.promise as Promise<Answer>
  }
  act({
    store: {
      read: () => ask({ wish: 'read' }),
      write: (state) => ask({ wish: 'write', state }),
    },
    ledger: { take: (...values) => ask({ wish: 'take', values }) },
  }).then(
    (reply) => step.resolve({ reply }),
    (cause: unknown) => step.resolve({ thrown: String(cause) }),
  )
  return {
    first,
    continueWith(value) {
      step = Promise.withResolvers()
      granted.resolve(value)
      return step.promise
    },
  }
}
