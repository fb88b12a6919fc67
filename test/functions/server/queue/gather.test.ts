import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { gather } from '../../../../functions/server/queue/gather.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('gather() does what came within the while at once, and what came after it later', async () => {
  const work = vi.fn(async () => {})
  const add = gather<number>(20, work)
  const first = Promise.all([add(1), add(2)])
  await vi.advanceTimersByTimeAsync(20)
  await first
  const second = add(3)
  await vi.advanceTimersByTimeAsync(20)
  await second
  expect(work.mock.calls).toEqual([[[1, 2]], [[3]]])
})

it('gather() tells each of what failed, and goes on', async () => {
  const work = vi.fn(async () => {}).mockRejectedValueOnce(new Error('away'))
  const add = gather<number>(20, work)
  const outcomes = Promise.allSettled([add(1), add(2)])
  await vi.advanceTimersByTimeAsync(20)
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  const next = add(3)
  await vi.advanceTimersByTimeAsync(20)
  await expect(next).resolves.toBeUndefined()
})
