// What becomes of messages where the objects of the queue cannot be reached.

import { expect, it } from 'vitest'
import type { SigningEngine } from '../../../../functions/signing/engine.ts'
import type { PresentBindings } from '../../../../functions/worker/queue/bindings.ts'
import type { QueueMessage } from '../../../../functions/worker/queue/platform.ts'
import {
  keepDeadLetters,
  performBatch,
  putOffBatch,
} from '../../../../functions/worker/queue/queue-engine.ts'
import { NotationError } from '../../../../shared/errors.ts'
import { lookAt, subjectOf } from '../../../signing-engine/subjects.ts'

const QUEUE = 'notation-signing'

/** A message, and what it was told. */
interface WatchedMessage extends QueueMessage {
  readonly told: (string | number | undefined)[]
}

function messageOf(attempts: number): WatchedMessage {
  const told: WatchedMessage['told'] = []
  return {
    id: 'message',
    body: { id: 'job', key: 'key', task: lookAt(subjectOf(1)) },
    attempts,
    told,
    ack: () => told.push('ack'),
    retry: ({ delaySeconds } = {}) => told.push(delaySeconds),
  }
}

/** Every method of every object fails. */
const UNREACHABLE: PresentBindings = {
  SIGNING_QUEUE: { sendBatch: () => Promise.reject(new Error('there is no queue')) },
  SIGNING_ACTOR: namespaceOf(),
  SIGNING_DIRECTORY: namespaceOf(),
}

function namespaceOf<Objects>(): Objects {
  const get = () =>
    new Proxy({}, { get: () => () => Promise.reject(new Error('it is overloaded')) })
  return { idFromName: () => ({}), get } as Objects
}

it('performBatch() puts off what it cannot store, longer each time', async () => {
  const messages = [1, 2, 3, 100].map(messageOf)
  const performed: object[] = []
  await performBatch({ queue: QUEUE, messages }, UNREACHABLE, {} as SigningEngine, async (task) => {
    performed.push(task)
    return { kind: 'settled', followUps: [] }
  })

  expect(messages.map(({ told }) => told)).toEqual([[1], [2], [4], [900]])
  expect(performed).toEqual([])
})

it('performBatch() counts no attempt for a delivery that was put off', async () => {
  const counts = [1, 2]
  const directory = {
    begin: async () => counts.shift(),
    note: async () => ({}),
    end: async () => {},
  }
  const bindings: PresentBindings = {
    ...UNREACHABLE,
    SIGNING_DIRECTORY: { idFromName: () => ({}), get: () => directory as never },
  }
  const messages = [messageOf(60), messageOf(61)]
  const seen: number[] = []
  for (const message of messages)
    await performBatch(
      { queue: QUEUE, messages: [message] },
      bindings,
      {} as SigningEngine,
      async (_, attempt) => {
        seen.push(attempt)
        return { kind: 'retry', code: 'c', message: 'm', delaySeconds: 7, followUps: [] }
      },
    )

  expect(seen).toEqual([1, 2])
  expect(messages.map(({ told }) => told)).toEqual([[7], [7]])
})

it('performBatch() lists what threw among what waits, with the reason', async () => {
  const ended: object[] = []
  const directory = { begin: async () => 3, end: async (attempt: object) => ended.push(attempt) }
  const bindings: PresentBindings = {
    ...UNREACHABLE,
    SIGNING_DIRECTORY: { idFromName: () => ({}), get: () => directory as never },
  }
  const message = messageOf(1)
  await performBatch(
    { queue: QUEUE, messages: [message] },
    bindings,
    {} as SigningEngine,
    async () => {
      throw new NotationError('queue-unavailable', 'Cannot use the signing queue: it was aborted')
    },
  )

  expect(ended).toEqual([
    {
      ...(message.body as object),
      attempts: 3,
      state: 'queued',
      code: 'queue-unavailable',
      message: 'Cannot use the signing queue: it was aborted',
    },
  ])
  expect(message.told).toEqual([1])
})

it('putOffBatch() puts every message off by its own attempts', () => {
  const messages = [1, 5].map(messageOf)
  putOffBatch({ queue: QUEUE, messages }, new Error('the rules cannot be read'))

  expect(messages.map(({ told }) => told)).toEqual([[1], [16]])
})

it('keepDeadLetters() puts off what it cannot keep: there is no dead letter of a dead letter', async () => {
  const messages = [1, 2].map(messageOf)
  await keepDeadLetters({ queue: `${QUEUE}-dead`, messages }, UNREACHABLE)

  expect(messages.map(({ told }) => told)).toEqual([[1], [2]])
})
