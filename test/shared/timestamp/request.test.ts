import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { toHex } from '../../../shared/bytes.ts'
import { createTimestampRequest } from '../../../shared/timestamp/request.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'

const SIGNATURE = Uint8Array.of(1, 2, 3)

function requestWith(random: Uint8Array) {
  return createTimestampRequest('SHA-256', SIGNATURE, { ...nodeCrypto, randomBytes: () => random })
}

describe('request', () => {
  test('createTimestampRequest() writes what notation writes', async () => {
    const digest = createHash('sha256').update(SIGNATURE).digest('hex')
    const { bytes, imprint, nonce } = await requestWith(new Uint8Array(20).fill(0xff))
    const imprintHex = `3031300d0609608648016503040201050004${'20'}${digest}`
    const nonceHex = `02147f${'ff'.repeat(19)}`
    expect(toHex(imprint)).toBe(imprintHex)
    expect(toHex(nonce)).toBe(nonceHex)
    expect(toHex(bytes)).toBe(`304f020101${imprintHex}${nonceHex}0101ff`)
  })

  test.each([
    ['SHA-384', '608648016503040202', 48],
    ['SHA-512', '608648016503040203', 64],
  ] as const)('createTimestampRequest() imprints with %s', async (hash, oid, length) => {
    const { imprint } = await createTimestampRequest(hash, SIGNATURE, nodeCrypto)
    expect(toHex(imprint)).toContain(oid)
    expect(imprint.subarray(-length)).toEqual(nodeCrypto.digest(hash, SIGNATURE))
  })

  test('createTimestampRequest() writes a nonce that begins with zeros minimally', async () => {
    const random = new Uint8Array(20)
    random[19] = 0x80
    expect(toHex((await requestWith(random)).nonce)).toBe('02020080')
    expect(random[19]).toBe(0x80)
  })

  test('createTimestampRequest() takes a new nonce each time', async () => {
    const first = await createTimestampRequest('SHA-256', SIGNATURE, nodeCrypto)
    const second = await createTimestampRequest('SHA-256', SIGNATURE, nodeCrypto)
    expect(toHex(first.nonce)).not.toBe(toHex(second.nonce))
  })
})
