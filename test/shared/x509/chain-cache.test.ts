import { describe, expect, test } from 'vitest'
import { KEY_SPECS } from '../../../shared/algorithm.ts'
import { createChainCache, type FitChain } from '../../../shared/x509/chain-cache.ts'
import { buildChain } from '../../support/certificates.ts'

const keySpec = KEY_SPECS['EC-256']
const makeFit = (): FitChain => ({ chain: buildChain().chain, keySpec })
const rawOf = ({ chain }: FitChain): Uint8Array[] => chain.map(({ raw }) => Uint8Array.from(raw))
const sizeOf = (fit: FitChain): number => rawOf(fit).reduce((sum, { length }) => sum + length, 0)

describe('createChainCache()', () => {
  test('finds a chain by the bytes of its certificates', () => {
    const [one, other] = [makeFit(), makeFit()]
    const cache = createChainCache()
    cache.keep(one)
    expect(cache.find(rawOf(one))).toBe(one)
    expect(cache.find(rawOf(other))).toBeUndefined()
    expect(cache.find([])).toBeUndefined()
  })

  test('takes a chain for another where any byte differs, or a certificate is missing or too many', () => {
    const fit = makeFit()
    const cache = createChainCache()
    cache.keep(fit)
    for (const index of fit.chain.keys())
      for (const place of [0, 40, -1]) {
        const certificates = rawOf(fit)
        const changed = certificates[index] ?? new Uint8Array()
        const at = place < 0 ? changed.length + place : place
        changed[at] = (changed[at] ?? 0) ^ 1
        expect(cache.find(certificates)).toBeUndefined()
      }
    expect(cache.find(rawOf(fit).slice(0, -1))).toBeUndefined()
    expect(cache.find([...rawOf(fit), new Uint8Array()])).toBeUndefined()
  })

  test('keeps the last that were asked for, in number', () => {
    const [a, b, c] = [makeFit(), makeFit(), makeFit()] as const
    const cache = createChainCache({ maxChains: 2 })
    cache.keep(a)
    cache.keep(b)
    cache.find(rawOf(a))
    cache.keep(c)
    expect([a, b, c].map((fit) => cache.find(rawOf(fit)) === fit)).toEqual([true, false, true])
  })

  test('keeps the last that were asked for, in bytes', () => {
    const [a, b] = [makeFit(), makeFit()] as const
    const cache = createChainCache({ maxBytes: sizeOf(a) + sizeOf(b) - 1 })
    cache.keep(a)
    cache.keep(b)
    expect([a, b].map((fit) => cache.find(rawOf(fit)) === fit)).toEqual([false, true])
  })

  test('keeps none that is larger than all that may be kept', () => {
    const fit = makeFit()
    const cache = createChainCache({ maxBytes: sizeOf(fit) - 1 })
    cache.keep(fit)
    expect(cache.find(rawOf(fit))).toBeUndefined()
  })

  test('counts a chain that is kept again once', () => {
    const fit = makeFit()
    const cache = createChainCache({ maxBytes: sizeOf(fit) })
    for (let times = 0; times < 3; times++) cache.keep({ ...fit, chain: [...fit.chain] })
    expect(cache.find(rawOf(fit))).toBeDefined()
  })
})
