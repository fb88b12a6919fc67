// What the revocation checks of one verification share: its requests and bytes are counted together,
// and what was asked once is not asked again. It ends with the verification: nothing here is a cache.

import { MAX_REVOCATION_BYTES, MAX_REVOCATION_REQUESTS } from '../limits.ts'

/** Shared by all chains of one verification. */
export interface RevocationRound {
  /** Counts a request; false when there were too many already. */
  takeRequest(): boolean
  /** Counts bytes of an answer; false when there were too many already. */
  takeBytes(count: number): boolean
  /** The answer to a question, asked by `ask` when it was not asked in this round before. */
  once<T>(question: string, ask: () => Promise<T>): Promise<T>
}

/** How much one verification may ask for. */
export interface RoundLimits {
  /** MAX_REVOCATION_REQUESTS unless given. */
  readonly maxRequests?: number
  /** MAX_REVOCATION_BYTES unless given. */
  readonly maxBytes?: number
}

/** A round in which nothing was asked yet. */
export function createRevocationRound({
  maxRequests = MAX_REVOCATION_REQUESTS,
  maxBytes = MAX_REVOCATION_BYTES,
}: RoundLimits = {}): RevocationRound {
  let requests = 0
  let bytes = 0
  const answers = new Map<string, Promise<unknown>>()
  return {
    takeRequest: () => ++requests <= maxRequests,
    takeBytes: (count) => {
      bytes += count
      return bytes <= maxBytes
    },
    once: <T>(question: string, ask: () => Promise<T>): Promise<T> => {
      const standing = answers.get(question) as Promise<T> | undefined
      const answer = standing ?? ask()
      answers.set(question, answer)
      return answer
    },
  }
}
