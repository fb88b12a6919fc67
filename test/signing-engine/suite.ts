// What every signing engine does: run against each of them.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Actor, PerformTask, SigningEngine } from '../../functions/signing/engine.ts'
import type { Subject } from '../../functions/signing/subject.ts'
import type { Look, TaskOutcome } from '../../functions/signing/task.ts'
import { subjectOf as anySubject, lookAt as lookAtSubject, stateOf } from './subjects.ts'

/** An engine that performs tasks until it is closed. */
export interface EngineUnderTest {
  readonly engine: SigningEngine
  readonly close: () => Promise<void>
}

/** Makes one around a worker and an actor. */
export type CreateEngine = (handlers: {
  readonly actor: Actor
  readonly perform: PerformTask
}) => Promise<EngineUnderTest>

const SETTLED: TaskOutcome = { kind: 'settled', followUps: [] }
const PROFILE = { keyId: 'k', signatureMediaType: 'application/cose' } as const

let firstSubject = 0

const subjectOf = (i: number): Subject => anySubject(firstSubject + i)
const lookAt = (i: number, changes: Partial<Look> = {}): Look =>
  lookAtSubject(subjectOf(i), changes)

/** Waits until something holds. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come to hold in time')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Declares the tests of an engine. */
export function describeEngine(name: string, createEngine: CreateEngine): void {
  describe(`the signing engine on ${name}`, () => {
    let running: EngineUnderTest
    let actor: Actor
    let perform: PerformTask
    beforeAll(async () => {
      running = await createEngine({
        actor: (command, context) => actor(command, context),
        perform: (task, attempt, engine) => perform(task, attempt, engine),
      })
    })
    afterAll(() => running.close())
    // Each test has artifacts of its own.
    beforeEach(() => {
      firstSubject += 1000
    })
    const start = (
      performNow: PerformTask = async () => SETTLED,
      actNow: Actor = async () => ({ kind: 'looked', outcome: SETTLED }),
    ): SigningEngine => {
      perform = performNow
      actor = actNow
      return running.engine
    }

    it('performs each task that was enqueued, and then has none', async () => {
      const seen: string[] = []
      const engine = start(async (task) => {
        if (task.kind === 'look') seen.push(task.digest ?? '')
        return SETTLED
      })
      await engine.enqueue([0, 1, 2].map((i) => ({ task: lookAt(i) })))

      await until(() => seen.length === 3)
      expect(seen.toSorted()).toEqual([0, 1, 2].map((i) => subjectOf(i).digest))
      await until(async () => (await engine.depth()).queued + (await engine.depth()).active === 0)
    })

    it('takes a task that waits already for the same', async () => {
      let performed = 0
      let letGo = (): void => {}
      const held = new Promise<void>((resolve) => {
        letGo = resolve
      })
      const engine = start(async () => {
        performed += 1
        await held
        return SETTLED
      })
      await engine.enqueue([{ task: lookAt(1) }])
      await until(() => performed === 1)
      // The first is at work: what it has read may be old, so one more is to come.
      await Promise.all(
        Array.from({ length: 20 }, () =>
          engine.enqueue([{ task: lookAt(1) }, { task: lookAt(1) }]),
        ),
      )
      letGo()

      await until(async () => (await engine.depth()).queued + (await engine.depth()).active === 0)
      expect(performed).toBe(2)
    })

    it('performs a task again after its delay, and counts', async () => {
      const attempts: number[] = []
      const engine = start(async (_, attempt) => {
        attempts.push(attempt)
        return attempt === 3
          ? SETTLED
          : { kind: 'retry', code: 'c', message: 'm', delaySeconds: 0.05, followUps: [] }
      })
      await engine.enqueue([{ task: lookAt(1) }])

      await until(() => attempts.length === 3)
      expect(attempts).toEqual([1, 2, 3])
      await until(async () => (await engine.depth()).queued + (await engine.depth()).active === 0)
    })

    it('sends what follows, whatever became of the task', async () => {
      const seen: string[] = []
      const engine = start(async (task) => {
        if (task.kind !== 'look') return SETTLED
        seen.push(task.reason)
        const followUps = [{ task: lookAt(2, { reason: 'parent' }) }]
        return task.reason === 'event'
          ? { kind: 'dead', code: 'c', message: 'm', followUps }
          : SETTLED
      })
      await engine.enqueue([{ task: lookAt(1) }])

      await until(() => seen.includes('parent'))
      // The next test counts dead letters.
      await until(async () => (await engine.depth()).dead === 1)
      perform = async () => SETTLED
      for (const { id } of (await engine.listJobs({ state: 'dead', limit: 10 })).jobs)
        await engine.replay(id)
      await until(async () => {
        const { queued, active, dead } = await engine.depth()
        return queued + active + dead === 0
      })
    })

    it('keeps dead letters with the reason, page by page, until they are replayed', async () => {
      let isDead = true
      const seen: string[] = []
      const engine = start(async (task) => {
        if (isDead)
          return {
            kind: 'dead',
            code: 'key-unknown',
            message: 'there is no such key',
            followUps: [],
          }
        if (task.kind === 'look') seen.push(task.digest ?? '')
        return SETTLED
      })
      await engine.enqueue([0, 1, 2].map((i) => ({ task: lookAt(i) })))
      await until(async () => (await engine.depth()).dead === 3)

      const first = await engine.listJobs({ state: 'dead', limit: 2 })
      expect(first.jobs).toHaveLength(2)
      expect(first.jobs[0]).toMatchObject({
        state: 'dead',
        attempts: 1,
        code: 'key-unknown',
        message: 'there is no such key',
        task: { kind: 'look' },
      })
      const rest = await engine.listJobs({ state: 'dead', limit: 2, after: first.next ?? '' })
      expect(rest.jobs).toHaveLength(1)
      const ids = [...first.jobs, ...rest.jobs].map(({ id }) => id)
      expect(new Set(ids).size).toBe(3)

      isDead = false
      expect(await engine.replay(ids[0] ?? '', ({ kind }) => kind === 'sweep')).toBe(false)
      expect((await engine.depth()).dead).toBe(3)
      for (const id of ids) expect(await engine.replay(id)).toBe(true)
      await until(() => seen.length === 3)
      expect(await engine.replay(ids[0] ?? '')).toBe(false)
      expect(await engine.replay('none-of-ours')).toBe(false)
      expect((await engine.depth()).dead).toBe(0)
    })

    it('keeps one dead letter of each kind of task, the last one', async () => {
      let failures = 0
      const engine = start(async () => {
        failures += 1
        return { kind: 'dead', code: 'c', message: `failure ${failures}`, followUps: [] }
      })
      const letters = async () => (await engine.listJobs({ state: 'dead', limit: 10 })).jobs
      for (let time = 1; time <= 3; time++) {
        await engine.enqueue([{ task: lookAt(1) }])
        await until(async () =>
          (await letters()).some(({ message }) => message === `failure ${time}`),
        )
      }
      await engine.enqueue([{ task: lookAt(2) }])
      await until(async () => (await letters()).length > 1)

      expect((await letters()).map(({ message }) => message)).toEqual(['failure 3', 'failure 4'])
      perform = async () => SETTLED
      for (const { id } of await letters()) await engine.replay(id)
      await until(async () => (await engine.depth()).queued + (await engine.depth()).active === 0)
    })

    it.each([
      'x',
      '9999-99-99T00:00:00.000000Z_00000000-0000-0000-0000-000000000000',
      '2026-01-01T00:00:00.000000Z_------------------------------------',
      'NaN_00000000-0000-0000-0000-000000000000',
    ])('refuses %s for the place of a page', async (after) => {
      const engine = start()
      await expect(engine.listJobs({ state: 'dead', limit: 10, after })).rejects.toThrow(
        '"after" is none of a page',
      )
    })

    it('has one actor at a time for each subject, and many for many', async () => {
      let atWork = 0
      let most = 0
      const counts = new Map<string, number>()
      const engine = start(undefined, async (_, { subject, store }) => {
        const before = await store.read()
        atWork += 1
        most = Math.max(most, atWork)
        await new Promise((resolve) => setTimeout(resolve, 5))
        const count = Number(before?.updatedAt ?? 0) + 1
        await store.write(stateOf(subject, String(count)))
        counts.set(subject.digest, count)
        atWork -= 1
        return { kind: 'looked', outcome: SETTLED }
      })
      const command = { kind: 'sign', profile: PROFILE } as const
      const wishes = Array.from({ length: 25 }, (_, i) => engine.ask(subjectOf(i % 2), command))
      await Promise.all(wishes)

      expect(counts.get(subjectOf(0).digest)).toBe(13)
      expect(counts.get(subjectOf(1).digest)).toBe(12)
      expect(most).toBe(2)
      expect(await engine.readState(subjectOf(0))).toEqual(stateOf(subjectOf(0), '13'))
      expect(await engine.readState(subjectOf(7))).toBeUndefined()
    })

    it('answers what the actor answers', async () => {
      const reply = {
        kind: 'failed',
        code: 'key-unknown',
        message: 'no',
        notes: { keyId: 'k' },
      } as const
      const engine = start(undefined, async () => reply)

      expect(await engine.ask(subjectOf(1), { kind: 'sign', profile: PROFILE })).toEqual(reply)
    })

    it('gives a subject free when its actor throws', async () => {
      let calls = 0
      const engine = start(undefined, async () => {
        calls += 1
        if (calls === 1) throw new Error('as the test says')
        return { kind: 'looked', outcome: SETTLED }
      })
      const command = { kind: 'sign', profile: PROFILE } as const
      await expect(engine.ask(subjectOf(1), command)).rejects.toMatchObject({
        code: 'queue-unavailable',
      })
      await expect(engine.ask(subjectOf(1), command)).resolves.toMatchObject({ kind: 'looked' })
    })

    it('never gives more of a budget than there is', async () => {
      const given: string[] = []
      const engine = start(undefined, async (_, { subject, ledger }) => {
        if (await ledger.take('rule:all', '2026-01-01', 5, subject.digest))
          given.push(subject.digest)
        return { kind: 'looked', outcome: SETTLED }
      })
      const command = { kind: 'sign', profile: PROFILE } as const
      await Promise.all(Array.from({ length: 12 }, (_, i) => engine.ask(subjectOf(i), command)))
      expect(given).toHaveLength(5)

      const [first = ''] = given
      const again = [...Array(12).keys()].map(subjectOf).find(({ digest }) => digest === first)
      await engine.ask(again ?? subjectOf(0), command)
      expect(given.filter((digest) => digest === first)).toHaveLength(2)
    })

    it('counts each day of a budget for itself, though clocks differ at midnight', async () => {
      const given: boolean[] = []
      const days = ['2026-01-01', '2026-01-02', '2026-01-01', '2026-01-02', '2026-01-01'] as const
      const engine = start(undefined, async (_, { subject, ledger }) => {
        for (const [i, day] of days.entries())
          given.push(await ledger.take('rule:midnight', day, 1, `${subject.digest} ${i}`))
        return { kind: 'looked', outcome: SETTLED }
      })
      await engine.ask(subjectOf(1), { kind: 'sign', profile: PROFILE })
      expect(given).toEqual([true, true, false, false, false])
    })

    it('tells of a change when it comes, or when the time is over', async () => {
      const engine = start(undefined, async (_, { subject, store }) => {
        await store.write(stateOf(subject, '2026-01-01T00:00:01.000Z'))
        return { kind: 'looked', outcome: SETTLED }
      })
      const subject = subjectOf(1)
      expect(await engine.waitForChange(subject, undefined, 20)).toBeUndefined()

      const waiting = engine.waitForChange(subject, undefined, 10_000)
      await engine.ask(subject, { kind: 'sign', profile: PROFILE })
      expect(await waiting).toMatchObject({ updatedAt: '2026-01-01T00:00:01.000Z' })
      expect(await engine.waitForChange(subject, '2026-01-01T00:00:00.000Z', 10_000)).toBeDefined()
      expect(await engine.waitForChange(subject, '2026-01-01T00:00:01.000Z', 20)).toBeDefined()
    })

    it('knows of a look that waits or is at work, by digest and by tag', async () => {
      let isBegun = false
      let letGo = (): void => {}
      const held = new Promise<void>((resolve) => {
        letGo = resolve
      })
      const engine = start(async () => {
        isBegun = true
        await held
        return SETTLED
      })
      const [subject, other] = [subjectOf(1), subjectOf(2)]
      expect(await engine.findLook(subject, 'v1')).toBeUndefined()
      const { digest: _, ...atTag } = lookAt(3, { tag: 'moving' })
      const parent = { digest: other.digest, rules: ['all'], depth: 1 }
      await engine.enqueue([{ task: lookAt(1, { tag: 'v1', parent }) }])
      await until(() => isBegun)
      expect(await engine.findLook(subject)).toBe('active')
      await engine.enqueue([
        { task: lookAt(1, { tag: 'v2' }), delaySeconds: 0.4 },
        { task: atTag, delaySeconds: 0.4 },
      ])

      expect(await engine.findLook(subject)).toBe('queued')
      expect(await engine.findLook(other)).toBeUndefined()
      expect(await engine.findLook(other, 'v1')).toBeUndefined()
      expect(await engine.findLook(other, 'moving')).toBe('queued')
      expect(await engine.findLook({ ...other, repository: 'team/ap' }, 'moving')).toBeUndefined()
      letGo()
      await until(async () => (await engine.findLook(subject)) === undefined)
      await until(async () => (await engine.findLook(other, 'moving')) === undefined)
    })

    it('lists what was pushed by digest alone, page by page, and nothing else', async () => {
      const engine = start(undefined, async (_, { subject, store }) => {
        const state = stateOf(subject, '2026-01-01T00:00:01.000Z')
        const isUntagged = subject.digest !== subjectOf(3).digest
        await store.write(state)
        await store.write({ ...state, hints: { ...state.hints, isUntagged } })
        return { kind: 'looked', outcome: SETTLED }
      })
      expect(await engine.listUntagged({ limit: 2 })).toEqual({ subjects: [] })
      for (const i of [0, 1, 2, 3])
        await engine.ask(subjectOf(i), { kind: 'sign', profile: PROFILE })

      const first = await engine.listUntagged({ limit: 2 })
      const { next: after = 'none' } = first
      const second = await engine.listUntagged({ limit: 2, after })
      expect(first.subjects).toHaveLength(2)
      expect(second.next).toBeUndefined()
      const listed = [...first.subjects, ...second.subjects].map(({ digest }) => digest)
      expect(listed.toSorted()).toEqual([0, 1, 2].map((i) => subjectOf(i).digest))
    })

    it('keeps documents', async () => {
      const { documents } = start()
      expect(await documents.read('sweep')).toBeUndefined()
      await documents.write('sweep', { run: 1 })
      await documents.write('sweep', { run: 2 })
      expect(await documents.read('sweep')).toEqual({ run: 2 })
      await documents.write('sweep', undefined)
      expect(await documents.read('sweep')).toBeUndefined()
    })
  })
}
