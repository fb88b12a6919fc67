import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { gather } from '../../../../functions/server/queue/gather.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('gather() does at once what comes after a quiet while, and what comes soon after that together', async () => {
  const work = vi.fn(async () => {})
  const add = gather<number>(20, work)
  const first = add(1)
  await vi.advanceTimersByTimeAsync(0)
  await first
  await vi.advanceTimersByTimeAsync(5)
  const second = Promise.all([add(2), add(3)])
  await vi.advanceTimersByTimeAsync(14)
  expect(work.mock.calls).toEqual([[[1]]])
  await vi.advanceTimersByTimeAsync(1)
  await second
  await vi.advanceTimersByTimeAsync(20)
  const third = add(4)
  await vi.advanceTimersByTimeAsync(0)
  await third
  expect(work.mock.calls).toEqual([[[1]], [[2, 3]], [[4]]])
})

it('gather() tells each of what failed, and goes on', async () => {
  const work = vi.fn(async () => {}).mockRejectedValueOnce(new Error('away'))
  const add = gather<number>(20, work)
  const outcomes = Promise.allSettled([add(1), add(2)])
  await vi.advanceTimersByTimeAsync(0)
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const next = add(3)
  await vi.advanceTimersByTimeAsync(20)
  await expect(next).resolves.toBeUndefined()
})
