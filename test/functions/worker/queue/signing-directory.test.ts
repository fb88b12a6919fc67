import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { SigningDirectory } from '../../../../functions/worker/queue/signing-directory.ts'
import { createObjectStorage } from './object-storage.ts'

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown
    constructor(ctx: unknown) {
      this.ctx = ctx
    }
  },
}))

const HOUR_MS = 3600 * 1000
const DAY_MS = 24 * HOUR_MS
const NOON = Date.parse('2026-01-01T12:00:00Z')

beforeEach(() => vi.useFakeTimers({ now: NOON }))
afterEach(() => vi.useRealTimers())

it('take() sets an alarm, which forgets days until none is left', async () => {
  const storage = createObjectStorage()
  const directory = new SigningDirectory({ storage }, {})
  expect(await storage.getAlarm()).toBeNull()
  expect(await directory.take('rule:all', '2026-01-01', 1, 'first')).toBe(true)
  expect(await directory.take('rule:all', '2026-01-01', 1, 'second')).toBe(false)
  expect(await storage.getAlarm()).toBe(NOON + DAY_MS)
  vi.setSystemTime(NOON + 1)
  await directory.take('rule:all', '2026-01-01', 1, 'third')
  expect(await storage.getAlarm()).toBe(NOON + DAY_MS)

  const alarmAt = async (timeMs: number) => {
    vi.setSystemTime(timeMs)
    await storage.setAlarm(0)
    await directory.alarm()
    return [await storage.getAlarm(), storage.count('budget')]
  }
  expect(await alarmAt(NOON + DAY_MS)).toEqual([NOON + 2 * DAY_MS, 1])
  expect(await alarmAt(NOON + 2 * DAY_MS)).toEqual([NOON + 2 * DAY_MS, 0])
  // Not set again.
  expect(await alarmAt(NOON + 2 * DAY_MS)).toEqual([0, 0])
})

it('no task, look or page reads more rows than it is about', async () => {
  const storage = createObjectStorage()
  const directory = new SigningDirectory({ storage }, {})
  const subject = { registry: 'r', repository: 'a', digest: 'sha256:b' }
  const waiting = { id: 'one', key: 'key', task: { kind: 'look', ...subject } } as never
  directory.note([waiting])
  directory.confirm(['one'])
  directory.begin(waiting)
  directory.end({ ...(waiting as object), attempts: 1, state: 'dead' } as never)
  directory.list('dead', 1, undefined)
  directory.list('dead', 1, { time: '2026-01-01T12:00:00.000Z', id: 'one' })
  directory.findDead('one')
  directory.findLive(['key'])
  directory.forget(['one'])
  directory.noteUntagged('key', subject)
  directory.listUntagged(1, '')
  directory.forgetUntagged('key')
  directory.writeDocument('key', '{}')
  directory.readDocument('key')
  await directory.take('rule:all', '2026-01-01', 1, 'first')

  const plans = storage.plans()
  expect(plans.length).toBeGreaterThan(10)
  expect(plans.filter((plan) => !plan.startsWith('SEARCH'))).toEqual([])
  expect(plans).toContain('SEARCH job USING INDEX job_age (state=? AND updated_ms<?)')
})

it('attempts are counted however long a task waits between them', () => {
  const directory = new SigningDirectory({ storage: createObjectStorage() }, {})
  const task = { kind: 'sweep', run: 'run', step: 0 } as const
  const waiting = { id: 'one', key: 'key', task }
  const attempts: number[] = []
  for (let i = 0; i < 4; i += 1) {
    attempts.push(directory.begin(waiting))
    directory.end({ ...waiting, attempts: i + 1, state: 'queued', code: 'c', message: 'm' })
    vi.setSystemTime(Date.now() + HOUR_MS)
    directory.note([{ id: `other ${i}`, key: `other ${i}`, task }])
    directory.depth()
  }
  expect(attempts).toEqual([1, 2, 3, 4])

  // Of one that was interrupted, too.
  expect(directory.begin(waiting)).toBe(5)
  vi.setSystemTime(Date.now() + HOUR_MS)
  expect(directory.depth()).toMatchObject({ active: 0 })
  expect(directory.list('queued', 10, undefined).jobs).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ id: 'one', attempts: 5 })]),
  )
  expect(directory.begin(waiting)).toBe(6)
})

it('a task that was never attempted keeps no other of its kind away for long', () => {
  const directory = new SigningDirectory({ storage: createObjectStorage() }, {})
  const task = { kind: 'sweep', run: 'run', step: 0 } as const
  const note = (id: string) => directory.note([{ id, key: 'key', task }]).fresh
  expect(note('one')).toEqual(['one'])
  directory.confirm(['one'])
  expect(note('two')).toEqual([])
  vi.setSystemTime(Date.now() + HOUR_MS)
  expect(note('three')).toEqual(['three'])
})
