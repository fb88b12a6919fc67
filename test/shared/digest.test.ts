import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { digestOf, parseDigest } from '../../shared/digest.ts'
import { NotationError } from '../../shared/errors.ts'
import { nodeCrypto } from '../support/node-crypto.ts'

const HASHES = [
  ['sha256', 'SHA-256', 64],
  ['sha384', 'SHA-384', 96],
  ['sha512', 'SHA-512', 128],
] as const

describe('digestOf()', () => {
  test.each(HASHES)('writes %s digests that parseDigest() reads', async (name, hash) => {
    const bytes = Uint8Array.of(1, 2, 3)
    const digest = await digestOf(hash, bytes, nodeCrypto)
    const hex = createHash(name).update(bytes).digest('hex')
    expect(digest).toBe(`${name}:${hex}`)
    expect(parseDigest(digest)).toEqual({ hash, hex })
  })
})

describe('parseDigest()', () => {
  test.each([
    ['no algorithm', 'a'.repeat(64)],
    ['another algorithm', `md5:${'a'.repeat(32)}`],
    ['upper-case digits', `sha256:${'A'.repeat(64)}`],
    ['an upper-case algorithm', `SHA256:${'a'.repeat(64)}`],
    ['a digit too few', `sha256:${'a'.repeat(63)}`],
    ['the length of another algorithm', `sha384:${'a'.repeat(64)}`],
    ['a line break behind it', `sha256:${'a'.repeat(64)}\n`],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(() => parseDigest(text)).toThrow(
      new NotationError(
        'encoding-invalid',
        'Cannot read a digest: wanted sha256, sha384 or sha512, a colon, and its lower-case hexadecimal digits',
      ),
    )
  })
})
