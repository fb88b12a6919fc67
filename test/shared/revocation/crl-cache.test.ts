import { describe, expect, test } from 'vitest'
import { parseCrl } from '../../../shared/revocation/crl.ts'
import { type VerifiedCrlBundle, verifyCrlBundle } from '../../../shared/revocation/crl-bundle.ts'
import { createCrlCache } from '../../../shared/revocation/crl-cache.ts'
import { AT, issueCa } from '../../support/certificates.ts'
import { buildCrl, type EntryOptions } from '../../support/crl-lists.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const CA = issueCa({ key: 'rsa-2048-ca' })

/** RSA signatures are all of one length, so bundles are too. */
async function makeBundle(
  entries: readonly EntryOptions[] = [],
): Promise<{ bundle: VerifiedCrlBundle; bytes: number }> {
  const base = parseCrl(buildCrl({ issuer: CA, entries }))
  const delta = parseCrl(buildCrl({ issuer: CA, number: 2, deltaIndicator: 1 }))
  const bundle = await verifyCrlBundle({ base, delta }, CA.certificate, AT, nodeCrypto)
  if (typeof bundle === 'string') throw new Error(bundle)
  const slots = 2 * 2 * Uint32Array.BYTES_PER_ELEMENT
  return { bundle, bytes: base.raw.length + delta.raw.length + slots }
}

describe('crl-cache', () => {
  test('createCrlCache() gives what was kept, by URL', async () => {
    const cache = createCrlCache()
    const { bundle } = await makeBundle()
    await cache.set('a', bundle)
    expect([await cache.get('a'), await cache.get('b')]).toEqual([bundle, undefined])
  })

  test('createCrlCache() drops what was asked for longest ago', async () => {
    const { bundle, bytes } = await makeBundle()
    const cache = createCrlCache(2 * bytes)
    for (const url of ['a', 'b']) await cache.set(url, bundle)
    await cache.get('a')
    await cache.set('c', bundle)
    expect(await Promise.all(['a', 'b', 'c'].map(cache.get))).toEqual([bundle, undefined, bundle])
  })

  test('createCrlCache() counts a replaced bundle once', async () => {
    const { bundle, bytes } = await makeBundle()
    const cache = createCrlCache(2 * bytes)
    for (const url of ['a', 'b', 'b', 'b']) await cache.set(url, bundle)
    expect(await cache.get('a')).toBe(bundle)
  })

  test('createCrlCache() does not keep what is too large, nor what that replaces', async () => {
    const { bundle, bytes } = await makeBundle()
    const cache = createCrlCache(bytes)
    const { bundle: larger } = await makeBundle([{ reason: 1 }])
    await cache.set('a', bundle)
    await cache.set('b', larger)
    expect(await cache.get('a')).toBe(bundle)
    await cache.set('a', larger)
    expect([await cache.get('a'), await cache.get('b')]).toEqual([undefined, undefined])
  })
})
