import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createIssuerKeyFinder } from '../../functions/oidc-issuer-keys.ts'
import { parseToken, verifyToken } from '../../functions/oidc-token.ts'
import { encodeBase64Url } from '../../shared/base64.ts'
import { isNotationError } from '../../shared/errors.ts'
import { AUDIENCE, createTestIssuer, GITHUB } from '../support/oidc-issuer.ts'

const NOW = new Date('2026-03-01T12:00:00Z')

function parsesOrRefuses(text: string): boolean {
  try {
    parseToken(text)
    return true
  } catch (error) {
    return isNotationError(error, 'caller-unauthenticated')
  }
}

describe('parseToken()', () => {
  test('reads any text, or refuses it as a token', () => {
    const part = fc.oneof(
      fc.string(),
      fc.uint8Array().map(encodeBase64Url),
      fc.json().map((text) => encodeBase64Url(Buffer.from(text))),
    )
    const texts = fc.array(part, { maxLength: 4 }).map((parts) => parts.join('.'))
    fc.assert(fc.property(texts, parsesOrRefuses))
  })

  test('reads what a token says', async () => {
    const issuer = await createTestIssuer('ES256')
    expect(parseToken(await issuer.token(NOW))).toMatchObject({
      keyId: 'key-1',
      claims: { iss: GITHUB, aud: AUDIENCE, repository_id: '4242' },
    })
  })
})

describe('verifyToken()', () => {
  test('refuses a token of another issuer that signs with the same key', async () => {
    const issuer = await createTestIssuer('ES256')
    const token = parseToken(await issuer.token(NOW, { claims: { iss: 'https://issuer.example' } }))
    const findKeys = createIssuerKeyFinder({
      fetch: async (url) => issuer.answer(new Request(url)) ?? new Response(),
      now: () => NOW,
      issuerKeyCache: new Map(),
    })
    const expectation = {
      issuer: { issuer: GITHUB, jwksUri: undefined },
      audiences: [AUDIENCE],
      maxAgeSeconds: 3600,
      now: NOW,
    }
    if (token === undefined) throw new Error('not a JWT')
    await expect(verifyToken(token, expectation, findKeys)).rejects.toMatchObject({
      code: 'caller-unauthenticated',
      message: 'Cannot accept the token: it is of another issuer',
    })
  })
})
