// Work that is cheaper for many at once: what is asked for soon after the last time is done together.

/**
 * Gathers items. What comes after a quiet while is done at once.
 *
 * @param milliseconds - between two times
 * @param work - does it for all of them; what it throws each of them is told
 * @returns adds an item; resolves when it is done
 */
export function gather<Item>(
  milliseconds: number,
  work: (items: readonly Item[]) => Promise<unknown>,
): (item: Item) => Promise<void> {
  let items: Item[] = []
  let done: Promise<void> | undefined
  let lastAt = Number.NEGATIVE_INFINITY
  const run = async (): Promise<void> => {
    const pause = lastAt + milliseconds - performance.now()
    await new Promise((resolve) => (pause > 0 ? setTimeout(resolve, pause) : setImmediate(resolve)))
    const gathered = items
    items = []
    done = undefined
    lastAt = performance.now()
    await work(gathered)
  }
  return (item) => {
    items.push(item)
    done ??= run()
    return done
  }
}
