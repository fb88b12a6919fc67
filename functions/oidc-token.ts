// Tokens of OpenID Connect issuers: JWTs in compact form (RFC 7519, RFC 8725), checked by jose with keys of the
// issuer. Encrypted tokens, tokens for several audiences and replay within a token's life are left out.

import {
  JOSEAlgNotAllowed,
  JWSInvalid,
  JWSSignatureVerificationFailed,
  JWTClaimValidationFailed,
  JWTExpired,
} from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import { decodeBase64Url } from '../shared/base64.ts'
import { NotationError } from '../shared/errors.ts'
import { type JsonObject, parseJson } from '../shared/json.ts'
import { isJsonObject } from '../shared/json-shape.ts'
import type { OidcIssuer } from './caller-settings.ts'
import { MAX_TOKEN_CHARACTERS, TOKEN_CLOCK_TOLERANCE_SECONDS } from './limits.ts'
import type { FindIssuerKeys } from './oidc-issuer-keys.ts'

/** Signatures of key pairs only: with HMAC a public key would do as the secret (RFC 8725 §2.1). */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** What a token says before anything of it was proven. */
export interface UnverifiedToken {
  readonly text: string
  readonly keyId: string
  readonly claims: JsonObject
}

/** What a token must be to be accepted. */
export interface TokenExpectation {
  readonly issuer: OidcIssuer
  readonly audiences: readonly string[]
  readonly maxAgeSeconds: number
  readonly now: Date
}

/** Claims that an issuer vouches for, to one audience. Only `verifyToken` makes one. */
export interface VerifiedToken {
  readonly audience: string
  readonly issuedAt: Date
  readonly claims: JsonObject
}

/**
 * Reads a JWT without believing it. Two members of one name are refused: their readers could see different claims.
 *
 * @returns undefined for text of another form
 * @throws {NotationError} `caller-unauthenticated` for what has the form and is malformed
 */
export function parseToken(text: string): UnverifiedToken | undefined {
  const [header, payload, signature, ...rest] = text.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    return undefined
  if (text.length > MAX_TOKEN_CHARACTERS)
    throw refusedToken(`it has more than ${MAX_TOKEN_CHARACTERS} characters`)
  const { kid } = readPart(header)
  if (typeof kid !== 'string') throw refusedToken('its header names no key ("kid")')
  return { text, keyId: kid, claims: readPart(payload) }
}

/**
 * Verifies a token: signature, issuer, audience, times.
 *
 * @returns claims of the token, which is then known to be meant for exactly one of the audiences
 * @throws {NotationError} `caller-unauthenticated`, without any of the token's values; `issuer-unavailable`
 */
export async function verifyToken(
  token: UnverifiedToken,
  { issuer, audiences, maxAgeSeconds, now }: TokenExpectation,
  findKeys: FindIssuerKeys,
): Promise<VerifiedToken> {
  const keys = await findKeys(issuer, token.keyId)
  if (keys === undefined) throw refusedToken('its issuer has no key of its key id ("kid")')
  try {
    await jwtVerify(token.text, keys.resolve, {
      algorithms: ALGORITHMS,
      issuer: issuer.issuer,
      audience: [...audiences],
      clockTolerance: TOKEN_CLOCK_TOLERANCE_SECONDS,
      maxTokenAge: maxAgeSeconds,
      requiredClaims: ['exp', 'sub'],
      currentDate: now,
    })
  } catch (cause) {
    throw refusedToken(reasonOf(cause), cause)
  }
  const { aud, iat } = token.claims
  const audience = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud
  // Whoever else it is meant for could send it here in the sender's name.
  if (typeof audience !== 'string') throw refusedToken('it is for more than one audience')
  return { audience, issuedAt: new Date(Number(iat) * 1000), claims: token.claims }
}

/**
 * What the sender of a token that is not accepted is told.
 *
 * @param found - no value of the token
 */
export function refusedToken(found: string, cause?: unknown): NotationError {
  return new NotationError('caller-unauthenticated', `Cannot accept the token: ${found}`, { cause })
}

function readPart(text: string): JsonObject {
  try {
    const part = parseJson(decodeBase64Url(text))
    if (isJsonObject(part)) return part
  } catch (cause) {
    throw refusedToken('it is a malformed JWT', cause)
  }
  throw refusedToken('it is a malformed JWT')
}

/** Faults of claims, by the claim. */
const CLAIM_REASONS: Readonly<Record<string, string>> = {
  aud: 'it is for another audience',
  iss: 'it is of another issuer',
  iat: 'it was issued too long ago, or in the future',
  nbf: 'it is not valid yet',
  exp: 'it has no time of expiry ("exp")',
  sub: 'it names no subject ("sub")',
}

function reasonOf(cause: unknown): string {
  if (cause instanceof JWTExpired && cause.claim === 'exp') return 'it has expired'
  if (cause instanceof JWTExpired || cause instanceof JWTClaimValidationFailed)
    return CLAIM_REASONS[cause.claim] ?? 'a claim is wrong'
  if (cause instanceof JOSEAlgNotAllowed) return 'its algorithm is not accepted'
  if (cause instanceof JWSSignatureVerificationFailed) return 'its signature is wrong'
  if (cause instanceof JWSInvalid) return 'it is a malformed JWT'
  return 'the key of its issuer does not fit it'
}
