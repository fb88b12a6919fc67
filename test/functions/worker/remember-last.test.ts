import { expect, it, vi } from 'vitest'
import { rememberLast } from '../../../functions/worker/remember-last.ts'

it('rememberLast() makes a value once for the same parts, and anew for others', async () => {
  const make = vi.fn((text: string, context: object) => ({ text, context }))
  const remembered = rememberLast(make)
  const [context, other] = [{}, {}]

  const first = await remembered('one', context)
  expect(await remembered('one', context)).toBe(first)
  expect(await remembered('two', context)).toEqual({ text: 'two', context })
  expect((await remembered('two', other)).context).toBe(other)
  expect(make).toHaveBeenCalledTimes(3)
})

it('rememberLast() keeps no failure', async () => {
  const make = vi
    .fn((text: string) => text)
    .mockImplementationOnce(() => {
      throw new Error('it is malformed')
    })
  const remembered = rememberLast(make)
  await expect(remembered('one')).rejects.toThrow('it is malformed')
  expect(await remembered('one')).toBe('one')
})
