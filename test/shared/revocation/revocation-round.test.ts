import { describe, expect, test, vi } from 'vitest'
import { MAX_REVOCATION_BYTES, MAX_REVOCATION_REQUESTS } from '../../../shared/limits.ts'
import { createRevocationRound } from '../../../shared/revocation/revocation-round.ts'

describe('revocation-round', () => {
  test('takeRequest() and takeBytes() end at the limits of a verification', () => {
    const round = createRevocationRound()
    const requests = Array.from({ length: MAX_REVOCATION_REQUESTS + 1 }, () => round.takeRequest())
    expect(requests.indexOf(false)).toBe(MAX_REVOCATION_REQUESTS)
    expect([round.takeBytes(MAX_REVOCATION_BYTES), round.takeBytes(1)]).toEqual([true, false])
  })

  test('once() asks each question once', async () => {
    const round = createRevocationRound()
    const ask = vi.fn(async () => 1)
    const answers = await Promise.all([round.once('a', ask), round.once('a', ask)])
    expect([...answers, await round.once('b', ask)]).toEqual([1, 1, 1])
    expect(ask).toHaveBeenCalledTimes(2)
  })
})
