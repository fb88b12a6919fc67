// node:crypto must answer as WebCrypto does.

import { sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEY_SPEC_ENTRIES, type SignatureScheme } from '../../../shared/algorithm.ts'
import { nodeCrypto } from '../../../shared/node/node-crypto.ts'
import { webCrypto } from '../../../shared/web-crypto.ts'
import { flipBit } from '../../support/certificates.ts'
import { type KeyName, makeKey, spkiOf } from '../../support/keys.ts'

const MESSAGE = Buffer.from('a message', 'utf8')
const SCHEMES: readonly SignatureScheme[] = [
  ...KEY_SPEC_ENTRIES.map(({ scheme }) => scheme),
  { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  { name: 'Ed25519' },
]

function keyFor(scheme: SignatureScheme): KeyName {
  if (scheme.name === 'ECDSA') return scheme.namedCurve
  return scheme.name === 'Ed25519' ? 'Ed25519' : 'rsa-2048'
}

async function signatureOf(scheme: SignatureScheme, key: KeyName) {
  const { privateKey, spki } = keyPair(key)
  const options =
    scheme.name === 'RSA-PSS'
      ? { padding: 6, saltLength: scheme.saltBytes }
      : { dsaEncoding: 'ieee-p1363' as const }
  const hash = scheme.name === 'Ed25519' ? null : scheme.hash
  return { spki, signature: new Uint8Array(sign(hash, MESSAGE, { key: privateKey, ...options })) }
}

function keyPair(name: KeyName) {
  const privateKey = makeKey(name)
  return { privateKey, spki: spkiOf(privateKey) }
}

describe('nodeCrypto', () => {
  it.each(SCHEMES)('verifies %j and refuses each change, as WebCrypto does', async (scheme) => {
    const { spki, signature } = await signatureOf(scheme, keyFor(scheme))
    const attempts = [
      [spki, signature, MESSAGE],
      [spki, flipBit(signature, 3), MESSAGE],
      [spki, signature, Buffer.from('another')],
      [spki, signature.subarray(1), MESSAGE],
      [spki, new Uint8Array(), MESSAGE],
      [spkiOf(makeKey(keyFor(scheme) === 'P-256' ? 'P-384' : 'P-256')), signature, MESSAGE],
      [flipBit(spki, 10), signature, MESSAGE],
      [new Uint8Array(), signature, MESSAGE],
    ] as const
    const answers = attempts.map(([key, made, message]) =>
      nodeCrypto.verify(scheme, key, made, message),
    )
    expect(answers).toEqual([true, false, false, false, false, false, false, false])
    for (const [index, [key, made, message]] of attempts.entries())
      expect(await webCrypto.verify(scheme, key, made, message)).toBe(answers[index])
  })

  it.each(['RSA-PSS', 'RSASSA-PKCS1-v1_5'] as const)(
    'refuses a signature by %s whose leading zero is left out, as WebCrypto does',
    async (name) => {
      const scheme = { name, hash: 'SHA-256', saltBytes: 32 } as const
      const { privateKey, spki } = keyPair('rsa-2048')
      const options = name === 'RSA-PSS' ? { padding: 6, saltLength: 32 } : {}
      for (let i = 0; ; i++) {
        const message = Buffer.from(`message ${i}`)
        const whole = new Uint8Array(sign('SHA-256', message, { key: privateKey, ...options }))
        // One in 256 begins with a zero.
        if (whole[0] !== 0) continue
        const attempts = [whole, whole.subarray(1), Uint8Array.of(0, ...whole)]
        for (const crypto of [nodeCrypto, webCrypto]) {
          const answers = attempts.map((made) => crypto.verify(scheme, spki, made, message))
          expect(await Promise.all(answers)).toEqual([true, false, false])
        }
        return
      }
    },
  )

  it('refuses a salt of another length', async () => {
    const scheme = { name: 'RSA-PSS', hash: 'SHA-256', saltBytes: 32 } as const
    const { spki, signature } = await signatureOf({ ...scheme, saltBytes: 20 }, 'rsa-2048')
    expect(nodeCrypto.verify(scheme, spki, signature, MESSAGE)).toBe(false)
  })

  it('remembers a check only for the same key, signature and scheme', async () => {
    const scheme = { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' } as const
    const { spki, signature } = await signatureOf(scheme, 'P-256')
    const other = spkiOf(makeKey('P-256'))
    for (let round = 0; round < 2; round++) {
      expect(nodeCrypto.verify(scheme, spki, signature, MESSAGE)).toBe(true)
      expect(nodeCrypto.verify(scheme, spki, signature.slice(), MESSAGE)).toBe(true)
      expect(nodeCrypto.verify(scheme, other, signature, MESSAGE)).toBe(false)
      expect(nodeCrypto.verify({ ...scheme, hash: 'SHA-384' }, spki, signature, MESSAGE)).toBe(
        false,
      )
      expect(nodeCrypto.verify(scheme, spki, flipBit(signature, 1), MESSAGE)).toBe(false)
    }
  })

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)(
    'makes the digests of %s that WebCrypto makes',
    async (hash) => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array(), async (bytes) => {
          expect(new Uint8Array(await nodeCrypto.digest(hash, bytes))).toEqual(
            await webCrypto.digest(hash, bytes),
          )
        }),
        { numRuns: 20 },
      )
    },
  )

  it('makes as many random bytes as are asked for', () => {
    expect(nodeCrypto.randomBytes(16)).toHaveLength(16)
  })
})
