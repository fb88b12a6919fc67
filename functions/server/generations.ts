// A value that is replaced while it is in use: whoever began with the old one ends with it.

/** A value, and how to end what it holds. */
export interface Generation<Value> {
  readonly value: Value
  readonly close: () => Promise<void>
}

/** The value of now, and those before it that are still in use. */
export interface Generations<Value> {
  /** Does a piece of work with the value of now, which stays open until the work is done. */
  readonly use: <T>(work: (value: Value) => T | Promise<T>) => Promise<T>
  /** Work that begins from now on gets the next one. The old one is closed when nobody uses it any more. */
  readonly replace: (next: Generation<Value>) => void
  /** Closes the value of now, and waits for the old ones. Nothing may begin after this. */
  readonly close: () => Promise<void>
}

interface Held<Value> extends Generation<Value> {
  users: number
  isReplaced: boolean
  readonly ended: PromiseWithResolvers<void>
}

/** Begins with a first value. @param onCloseFailure - told of old values that did not close well */
export function createGenerations<Value>(
  first: Generation<Value>,
  onCloseFailure: (cause: unknown) => void,
): Generations<Value> {
  let current = hold(first)
  const old = new Set<Held<Value>>()
  const closeIfUnused = (held: Held<Value>): void => {
    if (!held.isReplaced || held.users > 0) return
    old.delete(held)
    held.close().catch(onCloseFailure).finally(held.ended.resolve)
  }
  const retire = (held: Held<Value>): void => {
    held.isReplaced = true
    old.add(held)
    closeIfUnused(held)
  }
  return {
    async use(work) {
      const held = current
      held.users += 1
      try {
        return await work(held.value)
      } finally {
        held.users -= 1
        closeIfUnused(held)
      }
    },
    replace(next) {
      const replaced = current
      current = hold(next)
      retire(replaced)
    },
    async close() {
      const pending = [...old, current]
      retire(current)
      await Promise.all(pending.map(({ ended }) => ended.promise))
    },
  }
}

function hold<Value>(generation: Generation<Value>): Held<Value> {
  return { ...generation, users: 0, isReplaced: false, ended: Promise.withResolvers() }
}
