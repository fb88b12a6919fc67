// Tokens of public authorities, and broken ones, from the test data of the reference's tspclient-go.

import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../../shared/bytes.ts'
import { isNotationError } from '../../../shared/errors.ts'
import { parseTstInfo } from '../../../shared/timestamp/token.ts'
import {
  parseTimestampToken,
  verifyTimestampToken,
} from '../../../shared/timestamp/verify-token.ts'
import { namesRevocationServer, parseCertificate } from '../../../shared/x509/certificate.ts'
import { formatName } from '../../../shared/x509/name.ts'
import { nodeCrypto } from '../../support/node-crypto.ts'
import vectors from '../../vectors/timestamp/tspclient.json' with { type: 'json' }

const root = parseCertificate(fromBase64(vectors.root))
const good = vectors.cases.filter(({ message }) => message === undefined)
const bad = vectors.cases.filter(({ message }) => message !== undefined)

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64'))
}

describe('tspclient', () => {
  test.each(good)('verifyTimestampToken() verifies $name', async ({ token, signature }) => {
    const { earliest, latest, chain } = await verifyTimestampToken(
      fromBase64(token),
      encodeUtf8(signature),
      [root],
      nodeCrypto,
    )
    expect(earliest.toISOString()).toBe('2021-09-17T14:09:09.000Z')
    expect(latest.toISOString()).toBe('2021-09-17T14:09:11.000Z')
    expect(chain.map(({ subject }) => formatName(subject))).toEqual([
      'CN=Globalsign TSA for Advanced - G4,O=GlobalSign nv-sa,C=BE',
      'CN=GlobalSign Timestamping CA - SHA384 - G4,O=GlobalSign nv-sa,C=BE',
      'CN=GlobalSign,OU=GlobalSign Root CA - R6,O=GlobalSign',
      'CN=GlobalSign,OU=GlobalSign Root CA - R3,O=GlobalSign',
    ])
    expect(chain.slice(0, -1).every(namesRevocationServer)).toBe(true)
  })

  test.each(bad)('verifyTimestampToken() refuses $name', async ({ token, signature, message }) => {
    const refusal = await verifyTimestampToken(
      fromBase64(token),
      encodeUtf8(signature),
      [root],
      nodeCrypto,
    ).catch((error: unknown) => error)
    expect(isNotationError(refusal, 'timestamp-invalid')).toBe(true)
    expect((refusal as Error).message).toBe(message)
  })

  test('parseTimestampToken() and parseTstInfo() read a token of Microsoft', () => {
    const signed = parseTimestampToken(fromBase64(vectors.microsoft.token))
    const info = parseTstInfo(signed.content)
    expect(info.at.toISOString()).toBe('2024-06-21T07:12:05.884Z')
    expect(info.accuracyMicroseconds).toBe(500_000)
    expect(signed.certificates.map(({ issuer }) => formatName(issuer))).toEqual([
      'CN=Microsoft Identity Verification Root Certificate Authority 2020,O=Microsoft Corporation,C=US',
      'CN=Microsoft Public RSA Timestamping CA 2020,O=Microsoft Corporation,C=US',
    ])
  })

  test('the vectors hold tokens of both kinds', () => {
    expect([good.length, bad.length]).toEqual([3, 9])
  })
})
