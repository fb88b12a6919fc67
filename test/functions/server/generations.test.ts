import { describe, expect, test } from 'vitest'
import { createGenerations } from '../../../functions/server/generations.ts'

describe('createGenerations()', () => {
  /** Generations named by numbers, and the order in which they are closed. */
  function begin() {
    const closed: number[] = []
    const failures: unknown[] = []
    const generation = (value: number, fails = false) => ({
      value,
      close: async () => {
        closed.push(value)
        if (fails) throw new Error(`${value} does not close`)
      },
    })
    const generations = createGenerations(generation(1, true), (cause) => failures.push(cause))
    return { generations, generation, closed, failures }
  }

  test('work that began with a value ends with it, and only then it is closed', async () => {
    const { generations, generation, closed } = begin()
    const release = Promise.withResolvers<void>()
    const running = generations.use(async (value) => {
      await release.promise
      return value
    })
    generations.replace(generation(2))
    expect(await generations.use((value) => value)).toBe(2)
    expect(closed).toEqual([])
    release.resolve()
    expect(await running).toBe(1)
    expect(closed).toEqual([1])
  })

  test('a value that nobody uses is closed at once, and its failure told', async () => {
    const { generations, generation, closed, failures } = begin()
    generations.replace(generation(2))
    expect(closed).toEqual([1])
    await expect.poll(() => failures).toEqual([new Error('1 does not close')])
  })

  test('work that throws uses its value no longer', async () => {
    const { generations, generation, closed } = begin()
    await expect(generations.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    generations.replace(generation(2))
    expect(closed).toEqual([1])
  })

  test('close() waits for work with old values and the last one', async () => {
    const { generations, generation, closed } = begin()
    const release = Promise.withResolvers<void>()
    const running = generations.use(() => release.promise)
    generations.replace(generation(2))
    let isClosed = false
    const closing = generations.close().then(() => {
      isClosed = true
    })
    await Promise.resolve()
    expect([isClosed, closed]).toEqual([false, [2]])
    release.resolve()
    await running
    await closing
    expect(closed).toEqual([2, 1])
  })
})
