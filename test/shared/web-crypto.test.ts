import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { HASH_BYTES, KEY_SPEC_ENTRIES, type SignatureScheme } from '../../shared/algorithm.ts'
import { encodeUtf8 } from '../../shared/bytes.ts'
import { webCrypto } from '../../shared/web-crypto.ts'
import { flipBit } from '../support/certificates.ts'
import { type KeyName, makeKey, spkiOf } from '../support/keys.ts'

const MESSAGE = encodeUtf8('message')
const KEYS: readonly (readonly [KeyName, SignatureScheme])[] = [
  ...KEY_SPEC_ENTRIES.map(({ keySpec, scheme }) => [keyNameOf(keySpec), scheme] as const),
  ['rsa-2048', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ['rsa-3072', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
  ['P-256', { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-256' }],
  ['Ed25519', { name: 'Ed25519' }],
]

describe('webCrypto.verify()', () => {
  test.each(KEYS)(
    'accepts a signature of node:crypto with %s and no other: %o',
    async (name, scheme) => {
      const key = makeKey(name)
      const spki = spkiOf(key)
      const signature = signWith(key, scheme)
      expect(await webCrypto.verify(scheme, spki, signature, MESSAGE)).toBe(true)
      expect(await webCrypto.verify(scheme, spki, flipBit(signature, 3), MESSAGE)).toBe(false)
      expect(await webCrypto.verify(scheme, spki, signature, flipBit(MESSAGE, 0))).toBe(false)
      expect(await webCrypto.verify(scheme, spki, new Uint8Array(), MESSAGE)).toBe(false)
    },
  )

  test('refuses a salt of another length than the scheme says', async () => {
    const key = makeKey('rsa-2048')
    const scheme = { name: 'RSA-PSS', hash: 'SHA-256', saltBytes: 32 } as const
    const signature = signWith(key, { ...scheme, saltBytes: 20 })
    expect(await webCrypto.verify(scheme, spkiOf(key), signature, MESSAGE)).toBe(false)
    expect(
      await webCrypto.verify({ ...scheme, saltBytes: 20 }, spkiOf(key), signature, MESSAGE),
    ).toBe(true)
  })

  test('refuses an ECDSA signature in DER', async () => {
    const key = makeKey('P-256')
    const der = new Uint8Array(sign('SHA-256', MESSAGE, key))
    const scheme = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' } as const
    expect(await webCrypto.verify(scheme, spkiOf(key), der, MESSAGE)).toBe(false)
  })

  test('answers no for a key that is malformed or does not fit the scheme', async () => {
    const signature = new Uint8Array(64)
    const p256 = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' } as const
    const pss = { name: 'RSA-PSS', hash: 'SHA-256', saltBytes: 32 } as const
    const secp256k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
    for (const spki of [Uint8Array.of(1, 2, 3), spkiOf(makeKey('P-384')), spkiOf(secp256k1)]) {
      expect(await webCrypto.verify(p256, spki, signature, MESSAGE)).toBe(false)
      expect(await webCrypto.verify(pss, spki, signature, MESSAGE)).toBe(false)
    }
  })

  test('takes views of a larger buffer', async () => {
    const key = makeKey('P-256')
    const scheme = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' } as const
    const [spki, signature, message] = [spkiOf(key), signWith(key, scheme), MESSAGE].map(inside)
    if (spki === undefined || signature === undefined || message === undefined) expect.fail()
    expect(await webCrypto.verify(scheme, spki, signature, message)).toBe(true)
  })
})

describe('webCrypto.digest()', () => {
  test.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)(
    'equals node:crypto for %s',
    async (hash) => {
      const wanted = new Uint8Array(createHash(hash).update(MESSAGE).digest())
      expect(await webCrypto.digest(hash, MESSAGE)).toEqual(wanted)
      const shared = new Uint8Array(new SharedArrayBuffer(MESSAGE.length))
      shared.set(MESSAGE)
      expect(await webCrypto.digest(hash, shared)).toEqual(wanted)
      expect(wanted).toHaveLength(HASH_BYTES[hash])
    },
  )
})

describe('webCrypto.randomBytes()', () => {
  test('gives as many as asked for, others each time', () => {
    expect(webCrypto.randomBytes(32)).toHaveLength(32)
    expect(webCrypto.randomBytes(32)).not.toEqual(webCrypto.randomBytes(32))
  })
})

function signWith(key: KeyObject, scheme: SignatureScheme): Uint8Array {
  if (scheme.name === 'Ed25519') return new Uint8Array(sign(null, MESSAGE, key))
  const options = {
    'RSASSA-PKCS1-v1_5': { padding: constants.RSA_PKCS1_PADDING },
    'RSA-PSS': {
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: scheme.name === 'RSA-PSS' ? scheme.saltBytes : 0,
    },
    ECDSA: { dsaEncoding: 'ieee-p1363' as const },
  }[scheme.name]
  return new Uint8Array(sign(scheme.hash, MESSAGE, { key, ...options }))
}

function keyNameOf(keySpec: string): KeyName {
  return keySpec.replace('EC-', 'P-').replace('RSA-', 'rsa-') as KeyName
}

/** The same bytes in the middle of a larger buffer. */
function inside(bytes: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 20)
  buffer.set(bytes, 10)
  return buffer.subarray(10, 10 + bytes.length)
}
