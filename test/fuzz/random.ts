// Pseudo-random choices that a seed and a label decide, so that every input of a run can be made again.

/** A source of choices. */
export interface Random {
  /** An integer from 0 to limit − 1; 0 where the limit is 0. */
  below(limit: number): number
  /** True once in so many times. */
  oneIn(times: number): boolean
  /** Any of the items, of which there is one at least. */
  pick<T>(items: readonly T[]): T
  bytes(length: number): Uint8Array
}

/** Choices for one input. Different seeds, targets or indices give unrelated ones (sfc32 behind FNV-1a). */
export function createRandom(seed: number, target: string, index: number): Random {
  const state = new Uint32Array([hash(target), seed, index, 1])
  const next = () => stepSfc32(state)
  for (let round = 0; round < 12; round++) next()
  const below = (limit: number) => Math.floor((next() / 2 ** 32) * limit)
  return {
    below,
    oneIn: (times) => below(times) === 0,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('Cannot pick: there is nothing to pick from')
      return item
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}

/** One step of Chris Doty-Humphrey's sfc32. */
function stepSfc32(state: Uint32Array): number {
  const [a = 0, b = 0, c = 0, counter = 0] = state
  const sum = (a + b + counter) >>> 0
  state[0] = b ^ (b >>> 9)
  state[1] = c + (c << 3)
  state[2] = ((c << 21) | (c >>> 11)) + sum
  state[3] = counter + 1
  return sum
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (const character of text)
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return value
}
