import { describe, expect, it } from 'vitest'
import {
  MAX_TASK_ATTEMPTS,
  TASK_BACKOFF_SECONDS,
  TASK_MAX_BACKOFF_SECONDS,
} from '../../../functions/limits.ts'
import { delayAfter, outcomeOfFailure } from '../../../functions/signing/retry.ts'
import { NotationError } from '../../../shared/errors.ts'

const PASSING = new NotationError('registry-unavailable', 'Cannot push: it is away')

describe('delayAfter()', () => {
  it('doubles with each attempt, up to its limit', () => {
    const delays = [1, 2, 3, 4].map((attempt) => delayAfter(attempt, PASSING))

    expect(delays).toEqual([1, 2, 4, 8].map((factor) => factor * TASK_BACKOFF_SECONDS))
    expect(delayAfter(MAX_TASK_ATTEMPTS, PASSING)).toBe(TASK_MAX_BACKOFF_SECONDS)
  })

  it('waits as long as the other side asks for, but not for ever', () => {
    const asking = (retryAfterSeconds: number) =>
      new NotationError('signer-throttled', 'busy', { retryAfterSeconds })

    expect(delayAfter(1, asking(30))).toBe(30)
    expect(delayAfter(6, asking(30))).toBe(32)
    expect(delayAfter(1, asking(1e9))).toBe(TASK_MAX_BACKOFF_SECONDS)
  })
})

describe('outcomeOfFailure()', () => {
  const followUps = [] as const

  it('tries again what may pass', () => {
    expect(outcomeOfFailure(PASSING, 1)).toEqual({
      kind: 'retry',
      code: 'registry-unavailable',
      message: 'Cannot push: it is away',
      delaySeconds: 1,
      followUps,
    })
  })

  it('gives up what another attempt cannot change', () => {
    expect(outcomeOfFailure(new NotationError('key-unknown', 'no such key'), 1)).toEqual({
      kind: 'dead',
      code: 'key-unknown',
      message: 'no such key',
      followUps,
    })
  })

  it('gives up after the last attempt', () => {
    expect(outcomeOfFailure(PASSING, MAX_TASK_ATTEMPTS - 1).kind).toBe('retry')
    expect(outcomeOfFailure(PASSING, MAX_TASK_ATTEMPTS).kind).toBe('dead')
  })
})
