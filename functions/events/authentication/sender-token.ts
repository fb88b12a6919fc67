// Tokens that clouds send with events: Google's for Pub/Sub, Microsoft Entra's for Event Grid. Anyone can have
// either issuer sign a token for our audience; who it was signed for is what authenticates.

import type { JsonObject } from '../../../shared/json.ts'
import type { OidcIssuer } from '../../caller-settings.ts'
import { MAX_TOKEN_AGE_SECONDS } from '../../limits.ts'
import { parseToken, verifyToken } from '../../oidc-token.ts'
import type { AuthSettings } from '../source-auth.ts'
import type { SenderDeps } from './sent-event.ts'

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i
/** Its discovery document names keys of another origin, which are not followed. */
const GOOGLE: OidcIssuer = {
  issuer: 'https://accounts.google.com',
  jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
}

/** What a token must be besides verified. */
interface WantedToken {
  /** One of these has signed it. */
  readonly issuers: readonly OidcIssuer[]
  readonly audience: string
  readonly isFrom: (claims: JsonObject) => boolean
}

/**
 * Whether a header is a token of the service account (cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
 *
 * @throws {NotationError} `caller-unauthenticated` | `issuer-unavailable`
 */
export async function isGoogleToken(
  authorization: string | undefined,
  { audience, email }: AuthSettings['google'],
  deps: SenderDeps,
): Promise<boolean> {
  const isFrom = (claims: JsonObject): boolean =>
    claims.email === email && claims.email_verified === true
  return isWantedToken(authorization, { issuers: [GOOGLE], audience, isFrom }, deps)
}

/**
 * Whether a header is a token of the application, in either version of Entra's access tokens: which one is sent is a
 * setting of the application that stands for the audience.
 *
 * @throws {NotationError} `caller-unauthenticated` | `issuer-unavailable`
 */
export async function isEntraToken(
  authorization: string | undefined,
  { tenant, audience, appId }: AuthSettings['entra'],
  deps: SenderDeps,
): Promise<boolean> {
  const host = `https://login.microsoftonline.com/${tenant}`
  const issuers = [
    { issuer: `${host}/v2.0`, jwksUri: `${host}/discovery/v2.0/keys` },
    { issuer: `https://sts.windows.net/${tenant}/`, jwksUri: `${host}/discovery/keys` },
  ]
  const isFrom = ({ azp, appid, tid }: JsonObject): boolean =>
    tid === tenant && (azp ?? appid) === appId
  return isWantedToken(authorization, { issuers, audience, isFrom }, deps)
}

async function isWantedToken(
  authorization: string | undefined,
  { issuers, audience, isFrom }: WantedToken,
  { now, findKeys }: SenderDeps,
): Promise<boolean> {
  const text = BEARER.exec(authorization ?? '')?.[1]
  const token = text === undefined ? undefined : parseToken(text)
  const issuer = issuers.find((one) => one.issuer === token?.claims.iss)
  if (token === undefined || issuer === undefined) return false
  const verified = await verifyToken(
    token,
    { issuer, audiences: [audience], maxAgeSeconds: MAX_TOKEN_AGE_SECONDS, now: now() },
    findKeys,
  )
  return isFrom(verified.claims)
}
