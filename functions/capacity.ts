// How much the server does at once. Beyond that a request is refused at once, while its sender can still go elsewhere,
// instead of waiting for ever behind others.

import { NotationError } from '../shared/errors.ts'
import { BUSY_RETRY_SECONDS } from './limits.ts'

/** What there is a limit for. */
export type Load = 'sign' | 'verify' | 'wait'

/** Room for so much work of each kind. */
export interface Capacity {
  /**
   * Does a piece of work where there is room for it.
   *
   * @throws {NotationError} `too-busy` where there is none, with a time to come again; what the work throws
   */
  readonly run: <T>(load: Load, work: () => Promise<T>) => Promise<T>
}

/** Does a piece of work where there is room, or where nothing limits it. @throws {NotationError} see Capacity */
export function withRoom<T>(
  load: Load,
  { capacity }: { readonly capacity?: Capacity | undefined },
  work: () => Promise<T>,
): Promise<T> {
  return capacity === undefined ? work() : capacity.run(load, work)
}

/** Creates room. @param limits - pieces of work at once */
export function createCapacity(limits: Readonly<Record<Load, number>>): Capacity {
  const running = { sign: 0, verify: 0, wait: 0 }
  return {
    async run(load, work) {
      if (running[load] >= limits[load]) throw tooBusy()
      running[load] += 1
      try {
        return await work()
      } finally {
        running[load] -= 1
      }
    },
  }
}

/** Room for so many bytes that nobody knows yet to be worth it. */
export interface ByteRoom {
  /** @throws {NotationError} `too-busy` where there is no room for so many more */
  readonly take: (bytes: number) => void
  readonly give: (bytes: number) => void
}

/** Creates room. @param limit - bytes at once */
export function createByteRoom(limit: number): ByteRoom {
  let taken = 0
  return {
    take(bytes) {
      if (taken + bytes > limit) throw tooBusy()
      taken += bytes
    },
    give(bytes) {
      taken -= bytes
    },
  }
}

function tooBusy(): NotationError {
  return new NotationError(
    'too-busy',
    'Cannot answer now: the server does as much of this at once as it may; try again later',
    { retryAfterSeconds: BUSY_RETRY_SECONDS },
  )
}
