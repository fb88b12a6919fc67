import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapConcurrently } from '../../shared/map-concurrently.ts'

/** Lets everything go on that waits for nothing but a microtask. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('mapConcurrently()', () => {
  test('returns the results in the order of the inputs, whatever is done first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5)),
        fc.integer({ min: 1, max: 8 }),
        async (turns, atOnce) => {
          const results = await mapConcurrently(turns, atOnce, async (turn) => {
            for (let i = 0; i < turn; i++) await Promise.resolve()
            return turn * 2
          })
          expect(results).toEqual(turns.map((turn) => turn * 2))
        },
      ),
    )
  })

  test('works on as many at once as it is told', async () => {
    const begun: (() => void)[] = []
    const results = mapConcurrently(
      [1, 2, 3, 4, 5],
      2,
      (input) => new Promise<number>((resolve) => begun.push(() => resolve(input))),
    )
    await settle()
    expect(begun).toHaveLength(2)
    for (let i = 0; i < 5; i++) {
      begun[i]?.()
      await settle()
      expect(begun).toHaveLength(Math.min(i + 3, 5))
    }
    expect(await results).toEqual([1, 2, 3, 4, 5])
  })

  test('begins none after a failure, which it throws', async () => {
    const begun: number[] = []
    const failure = new Error('the second')
    const results = mapConcurrently([1, 2, 3, 4, 5], 2, async (input) => {
      begun.push(input)
      await settle()
      if (input === 2) throw failure
      return input
    })
    await expect(results).rejects.toBe(failure)
    const soFar = begun.length
    await settle()
    await settle()
    expect(begun.length).toBe(soFar)
    expect(soFar).toBeLessThan(5)
  })
})
