import { describe, expect, it } from 'vitest'
import { createRandom } from './random.ts'
import { runInput } from './target.ts'
import { createTargets } from './targets.ts'

/** Per target: all of them together take some seconds. */
const INPUTS = 400
const SEED = 1
const TARGETS = createTargets()

describe('fuzzing', () => {
  it.each(TARGETS)('$name gives an outcome or refuses with its codes', async (target) => {
    const outcomes = []
    for (let index = 0; index < INPUTS; index++) outcomes.push(await runInput(target, SEED, index))
    expect(outcomes.filter((outcome) => typeof outcome !== 'string')).toEqual([])
    // Else the inputs are all of them too broken, or not broken, and show nothing.
    expect(outcomes).toContain('accepted')
    if (target.codes.length > 0 && !target.name.startsWith('verdict'))
      expect(outcomes).toContain('refused')
  })

  it('runInput() finds what throws something else than the codes of the target', async () => {
    const target = {
      name: 'broken',
      codes: ['encoding-invalid'],
      make: () => ({ input: new Uint8Array(), run: () => decodeURIComponent('%') }),
    } as const
    expect(await runInput(target, SEED, 7)).toMatchObject({
      label: 'broken:7',
      reason: expect.stringContaining('URIError'),
    })
  })

  it('createRandom() chooses the same again for the same seed, target and index only', () => {
    const bytesOf = (seed: number, target: string, index: number) =>
      createRandom(seed, target, index).bytes(16)
    expect(bytesOf(1, 'der', 2)).toEqual(bytesOf(1, 'der', 2))
    expect(bytesOf(1, 'der', 3)).not.toEqual(bytesOf(1, 'der', 2))
    expect(bytesOf(2, 'der', 2)).not.toEqual(bytesOf(1, 'der', 2))
    expect(bytesOf(1, 'cbor', 2)).not.toEqual(bytesOf(1, 'der', 2))
  })
})
