import { describe, expect, test } from 'vitest'
import { createAnonymousLimit, networkOf } from '../../../functions/worker/anonymous-limit.ts'

describe('networkOf()', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:DB8:0001:0002::6', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['2001:db8:1::', '2001:db8:1:0'],
    ['::1', '0:0:0:0'],
    ['', ''],
  ])('of %j is %j', (address, network) => {
    expect(networkOf(address)).toBe(network)
  })
})

describe('createAnonymousLimit()', () => {
  test('asks the binding for the network of the sender', async () => {
    const keys: string[] = []
    const ANONYMOUS = {
      limit: async ({ key }: { readonly key: string }) => ({ success: keys.push(key) === 1 }),
    }
    const headers = { 'cf-connecting-ip': '2001:db8::1' }
    const request = new Request('https://api.example/', { headers })
    const admit = createAnonymousLimit({ ANONYMOUS }, request)
    expect([await admit?.(), await admit?.()]).toEqual([true, false])
    expect(keys).toEqual(['2001:db8:0:0', '2001:db8:0:0'])
  })

  test('counts nothing where nothing is bound', () => {
    expect(createAnonymousLimit({}, new Request('https://api.example/'))).toBeUndefined()
  })
})
