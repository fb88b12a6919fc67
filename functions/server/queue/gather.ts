// Work that is cheaper for many at once: what is asked for within a while is done together.

/**
 * Gathers items.
 *
 * @param milliseconds - from the first item on
 * @param work - does it for all of them; what it throws each of them is told
 * @returns adds an item; resolves when it is done
 */
export function gather<Item>(
  milliseconds: number,
  work: (items: readonly Item[]) => Promise<unknown>,
): (item: Item) => Promise<void> {
  let items: Item[] = []
  let done: Promise<void> | undefined
  const run = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    const gathered = items
    items = []
    done = undefined
    await work(gathered)
  }
  return (item) => {
    items.push(item)
    done ??= run()
    return done
  }
}
