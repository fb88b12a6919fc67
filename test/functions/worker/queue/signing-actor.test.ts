import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createSigningActorClass } from '../../../../functions/worker/queue/signing-actor.ts'
import { createObjectStorage } from './object-storage.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    readonly env: unknown
    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx
      this.env = env
    }
  },
}))

const NOON = Date.parse('2026-01-01T12:00:00Z')
const RETENTION_MS = 90 * 24 * 3600 * 1000
const SUBJECT = {
  registry: 'registry.example',
  repository: 'app',
  digest: `sha256:${'a'.repeat(64)}`,
}
const COMMAND = { kind: 'heard', tags: [] } as never
const STATE = {
  subject: SUBJECT,
  updatedAt: '2026-01-01T12:00:00.000Z',
  hints: { isUntagged: true },
}

beforeEach(() => vi.useFakeTimers({ now: NOON }))
afterEach(() => vi.useRealTimers())

/** An object whose actor stores one state, and the list of what was pushed by digest alone. */
function createActor() {
  const storage = createObjectStorage()
  const listed = new Set<unknown>()
  const SigningActor = createSigningActorClass(async () => ({
    actor: async (_, { store }) => {
      await store.write(STATE as never)
      return { kind: 'heard' } as never
    },
    ledger: { take: async () => true },
    untagged: {
      add: async ({ digest }) => void listed.add(digest),
      remove: async ({ digest }) => void listed.delete(digest),
    },
  }))
  return { storage, listed, actor: new SigningActor({ storage }, {}) }
}

it('an object that is only asked for its state stores nothing', async () => {
  const { actor, storage } = createActor()
  expect(actor.readState()).toBeUndefined()
  const waiting = actor.waitForChange(undefined, 1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await waiting).toBeUndefined()
  expect(storage.tables()).toEqual([])
  expect(await storage.getAlarm()).toBeNull()
})

it('a state is kept for 90 days after it was last written, and then nothing of it', async () => {
  const { actor, storage, listed } = createActor()
  await actor.ask(SUBJECT, COMMAND)
  expect(actor.readState()).toEqual(STATE)
  expect(await storage.getAlarm()).toBe(NOON + RETENTION_MS)
  expect([...listed]).toEqual([SUBJECT.digest])

  await actor.alarm()
  expect(actor.readState()).toBeUndefined()
  expect([storage.tables(), listed.size]).toEqual([[], 0])

  await actor.ask(SUBJECT, COMMAND)
  expect(actor.readState()).toEqual(STATE)
})

it('whoever waits for a change hears of it when it is stored', async () => {
  const { actor } = createActor()
  const waiting = actor.waitForChange(undefined, 10_000)
  await actor.ask(SUBJECT, COMMAND)
  // No clock goes on here.
  expect(await waiting).toEqual(STATE)
})
