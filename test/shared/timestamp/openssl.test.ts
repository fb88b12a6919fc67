// Tokens that `openssl ts` made (test/vectors/timestamp/generate.sh).

import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { parseTimestampResponse } from '../../../shared/timestamp/response.ts'
import { parseTstInfo } from '../../../shared/timestamp/token.ts'
import {
  parseTimestampToken,
  verifyTimestampToken,
} from '../../../shared/timestamp/verify-token.ts'
import { parseCertificate } from '../../../shared/x509/certificate.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import vectors from '../../vectors/timestamp/openssl.json' with { type: 'json' }

const root = parseCertificate(fromBase64(vectors.root))
const oldRoot = parseCertificate(fromBase64(vectors.old))
const SIGNATURE = encodeUtf8(vectors.signature)

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

function tokenOf(name: string): Uint8Array {
  const vector = vectors.cases.find((one) => one.name === name)
  if (vector === undefined) throw new Error(`There is no vector ${name}`)
  return fromBase64(vector.token)
}

/** Verified bounds of a vector around its genTime, in milliseconds. */
async function boundsOf(name: string): Promise<readonly [before: number, after: number]> {
  const { at } = parseTstInfo(parseTimestampToken(tokenOf(name)).content)
  const { earliest, latest } = await verifyTimestampToken(
    tokenOf(name),
    SIGNATURE,
    [root],
    nodeCrypto,
  )
  return [at.getTime() - earliest.getTime(), latest.getTime() - at.getTime()]
}

describe('openssl ts', () => {
  test.each([
    ['RSA signer, accuracy in three parts', 1501, 1501],
    ['P-256 signer, SHA-512 imprint', 0, 0],
    ['P-521 signer with SHA-512, SHA-384 imprint', 0, 0],
    ['baseline policy without accuracy', 1000, 1000],
    ['whole chain in the signing certificate attribute', 0, 0],
    ['certificate hash SHA-512', 0, 0],
    ['fraction of a second', 0, 1],
    ['root left out', 0, 0],
    ['no nonce', 0, 0],
  ])('verifyTimestampToken() verifies "%s"', async (name, before, after) => {
    expect(await boundsOf(name)).toEqual([before, after])
  })

  test('verifyTimestampToken() builds the path to the root given where the token holds a cross-signed one', async () => {
    const token = tokenOf('cross-signed root')
    const { chain } = await verifyTimestampToken(token, SIGNATURE, [root], nodeCrypto)
    expect(chain.length).toBe(3)
    expect(chain.at(-1)).toBe(root)
    const viaOld = await verifyTimestampToken(token, SIGNATURE, [oldRoot], nodeCrypto)
    expect(viaOld.chain.length).toBe(4)
    expect(viaOld.chain.at(-1)).toBe(oldRoot)
  })

  test.each([
    [
      'SigningCertificate of version 1',
      'failed to verify signed token: failed to get SigningCertificateV2 from signed attributes: attribute not found',
    ],
    ['SHA-1 imprint', 'invalid TSTInfo: unrecognized hash algorithm'],
    [
      'no certificates',
      'failed to verify signed token: signing certificate not found in the timestamp token',
    ],
  ])('verifyTimestampToken() refuses "%s"', async (name, message) => {
    const refusal = await verifyTimestampToken(tokenOf(name), SIGNATURE, [root], nodeCrypto).catch(
      (error: unknown) => error,
    )
    expect(isNotationError(refusal, 'timestamp-invalid')).toBe(true)
    expect((refusal as Error).message).toBe(message)
  })

  test('parseTimestampResponse() takes the token out of each response, byte for byte', () => {
    for (const { response, token } of vectors.cases)
      expect(parseTimestampResponse(fromBase64(response))).toEqual(fromBase64(token))
    expect(vectors.cases.length).toBe(13)
  })

  test('verifyTimestampToken() refuses a token of which one bit of what counts is turned', async () => {
    const token = tokenOf('P-256 signer, SHA-512 imprint')
    const { content, signers } = parseTimestampToken(token)
    const parts = [content, signers[0]?.signature, signers[0]?.signedBytes.subarray(2)]
    let refused = 0
    for (const part of parts) {
      const start = Buffer.from(token).indexOf(part ?? new Uint8Array(1))
      for (let i = start; i < start + (part?.length ?? 0); i += 3) {
        const changed = Uint8Array.from(token)
        changed[i] = (changed[i] ?? 0) ^ 1
        await expect(
          verifyTimestampToken(changed, SIGNATURE, [root], nodeCrypto),
        ).rejects.toMatchObject({ code: 'timestamp-invalid' })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(100)
  })
})
