// A gate that lets so much work through at once; the rest waits in order.

/** Does a piece of work when there is room for it. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>

/** Creates a gate. */
export function createGate(room: number): Gate {
  const waiting: (() => void)[] = []
  let free = room
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
