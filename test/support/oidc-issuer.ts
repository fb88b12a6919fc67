// An OpenID Connect issuer: keys, tokens, and the two documents that it serves.

import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, SignJWT } from 'jose'

export const GITHUB = 'https://token.actions.githubusercontent.com'
export const AUDIENCE = 'https://signing.example.com'
/** Inside the validity of the test certificates. */
export const KEY_ID = 'key-1'

/** What a token is made of, where it differs from a good one. */
export interface TokenChanges {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Signs in the issuer's place. */
  readonly key?: CryptoKey | Uint8Array
}

/** An issuer with one key. */
export interface TestIssuer {
  readonly publicJwk: JWK
  /** Public key in PEM, for those who take it for a secret. */
  readonly keys: GenerateKeyPairResult
  /** A token of GitHub's form. */
  token(now: Date, changes?: TokenChanges): Promise<string>
  /** Answers for the issuer's host; undefined for others. */
  answer(request: Request): Response | undefined
}

/** A run on the branch main of repository 4242. */
export const GITHUB_CLAIMS = {
  sub: 'repo:team/app:ref:refs/heads/main',
  repository_id: '4242',
  repository: 'team/app',
  ref: 'refs/heads/main',
  event_name: 'push',
  run_id: '22259804324',
} as const

/** Creates an issuer; `algorithm` is that of its key. */
export async function createTestIssuer(
  algorithm = 'RS256',
  issuer = GITHUB,
  keyId = KEY_ID,
): Promise<TestIssuer> {
  const keys = await generateKeyPair(algorithm, { extractable: true })
  const publicJwk = { ...(await exportJWK(keys.publicKey)), kid: keyId, use: 'sig', alg: algorithm }
  const documents: Readonly<Record<string, object>> = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/keys` },
    [`${issuer}/keys`]: { keys: [publicJwk] },
  }
  return {
    publicJwk,
    keys,
    token(now, { claims = {}, header = {}, key = keys.privateKey } = {}) {
      const seconds = Math.floor(now.getTime() / 1000)
      const times = { iat: seconds, nbf: seconds, exp: seconds + 300 }
      const all = { iss: issuer, aud: AUDIENCE, ...times, ...GITHUB_CLAIMS, ...claims }
      return new SignJWT(all)
        .setProtectedHeader({ typ: 'JWT', alg: algorithm, kid: keyId, ...header })
        .sign(key)
    },
    answer(request) {
      const document = documents[request.url]
      return document === undefined ? undefined : Response.json(document)
    },
  }
}
