// One actor for each subject in this process: who comes first is served first.

import type { SubjectStore } from '../../signing/engine.ts'

/** The subjects of a database. */
export interface Subjects {
  /** Does work as the one actor of a subject. @throws {NotationError} `queue-unavailable`; what the work throws */
  readonly hold: <T>(key: string, work: (store: SubjectStore) => Promise<T>) => Promise<T>
}

/** Does work when all that came before it for the same key is done, however that ended. */
export type InLine = <T>(key: string, work: () => Promise<T>) => Promise<T>

/** Creates lines, one for each key. */
export function createLines(): InLine {
  const lines = new Map<string, Promise<unknown>>()
  return async (key, work) => {
    const before = lines.get(key) ?? Promise.resolve()
    const done = before.then(work)
    const settled = done.then(
      () => {},
      () => {},
    )
    lines.set(key, settled)
    await settled
    if (lines.get(key) === settled) lines.delete(key)
    return done
  }
}
