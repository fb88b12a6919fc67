import { expect, it } from 'vitest'
import { createGate } from '../../../functions/signing/gate.ts'

it('createGate() does so much work at once, and the rest in order', async () => {
  const gate = createGate(2)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const works = [0, 1, 2, 3].map((i) =>
    gate(async () => {
      begun.push(i)
      await new Promise<void>((resolve) => ends.push(resolve))
      return i
    }),
  )
  await Promise.resolve()
  expect(begun).toEqual([0, 1])

  ends.shift()?.()
  await works[0]
  await new Promise((resolve) => setImmediate(resolve))
  expect(begun).toEqual([0, 1, 2])

  ends.shift()?.()
  ends.shift()?.()
  await new Promise((resolve) => setImmediate(resolve))
  ends.shift()?.()
  await expect(Promise.all(works)).resolves.toEqual([0, 1, 2, 3])
})

it('createGate() makes room again after work that failed', async () => {
  const gate = createGate(1)
  await expect(gate(() => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed')
  await expect(gate(async () => 'done')).resolves.toBe('done')
})
