// Answers a registry's challenge: Basic, or a token that its token server gives (distribution's token
// authentication). Credentials go to the registry and to realms that are trusted, to no one else.

import { encodeBase64 } from '../base64.ts'
import { encodeUtf8 } from '../bytes.ts'
import { isNotationError, NotationError } from '../errors.ts'
import { type JsonValue, parseJson } from '../json.ts'
import { MAX_REGISTRY_TOKEN_BYTES } from '../limits.ts'
import type { Challenge } from './challenge.ts'
import { exchange, type Fetch } from './exchange.ts'
import { refusal } from './refusal.ts'

/** A user of a registry. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/** Who signs in where. */
export interface Login {
  readonly fetch: Fetch
  /** The registry's own origin. */
  readonly home: URL
  readonly credentials: Credentials | undefined
  /** Hosts besides the registry's that get the credentials. */
  readonly trustedRealms: readonly string[]
  readonly timeoutMs: number
}

/** Token servers of public registries that have a host of their own. */
const KNOWN_REALMS: Readonly<Record<string, string>> = {
  'registry-1.docker.io': 'auth.docker.io',
  'registry.gitlab.com': 'gitlab.com',
}

/**
 * The value of the Authorization header that answers the challenges, or undefined when there is none.
 *
 * @param scope - what is asked for, as `repository:team/app:pull,push`
 * @throws {NotationError} `registry-denied` for a realm that is not trusted, and the codes of refusal and exchange
 */
export async function authorizationFor(
  challenges: readonly Challenge[],
  scope: string,
  login: Login,
): Promise<string | undefined> {
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')
  if (bearer !== undefined) return `Bearer ${await fetchToken(bearer, scope, login)}`
  const basic = challenges.some(({ scheme }) => scheme === 'basic')
  return basic && login.credentials !== undefined ? basicHeader(login.credentials) : undefined
}

async function fetchToken({ parameters }: Challenge, scope: string, login: Login): Promise<string> {
  const { fetch, home, credentials, timeoutMs } = login
  const realm = parseRealm(parameters.get('realm'), login)
  const service = parameters.get('service')
  if (service !== undefined) realm.searchParams.set('service', service)
  // The challenge's scope may name more than ours, as a mount's source; ours may name more than a HEAD's.
  for (const wanted of new Set([scope, parameters.get('scope') ?? scope])) {
    realm.searchParams.append('scope', wanted)
  }
  const headers = {
    accept: 'application/json',
    ...(credentials === undefined ? {} : { authorization: basicHeader(credentials) }),
  }
  const maxBytes = MAX_REGISTRY_TOKEN_BYTES
  const answer = await exchange(fetch, { method: 'GET', url: realm, headers, maxBytes, timeoutMs })
  if (answer.status !== 200) throw refusal(`sign in to registry "${home.host}"`, answer)
  return parseToken(answer.bytes, home)
}

/**
 * The token server's URL.
 *
 * Sent to any host, the credentials would be the registry's to give away: a hostile or taken-over one could
 * name a realm of its own (GHSA-28r5-37g7-p6mp, GHSA-xf85-363p-868w).
 */
function parseRealm(text: string | undefined, login: Login): URL {
  const { home, credentials, trustedRealms } = login
  const realm = text === undefined ? null : URL.parse(text)
  if (realm === null || realm.username !== '' || realm.password !== '') {
    throw new NotationError(
      'registry-answer-invalid',
      `Cannot sign in to registry "${home.host}": its challenge names no token server`,
    )
  }
  const isTrusted =
    realm.origin === home.origin ||
    realm.host === KNOWN_REALMS[home.host] ||
    trustedRealms.includes(realm.host)
  const isPrivate =
    realm.protocol === 'https:' ||
    (realm.protocol === 'http:' && isTrusted && home.protocol === 'http:')
  if (isPrivate && (isTrusted || credentials === undefined)) return realm
  const remedy = isPrivate ? 'name it as a trusted realm if it is right' : 'only https is used'
  throw new NotationError(
    'registry-denied',
    `Cannot sign in to registry "${home.host}": its token server "${realm.host}" is not trusted; ${remedy}`,
  )
}

function parseToken(bytes: Uint8Array, home: URL): string {
  const found = tokenMember(bytes)
  // Visible ASCII: anything else could not stand in a header.
  if (typeof found === 'string' && /^[\x21-\x7e]+$/.test(found)) return found
  throw new NotationError(
    'registry-answer-invalid',
    `Cannot sign in to registry "${home.host}": the answer of its token server holds no token`,
  )
}

function tokenMember(bytes: Uint8Array): JsonValue | undefined {
  try {
    const answer = parseJson(bytes)
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined
    const { token, access_token: accessToken } = answer as Readonly<Record<string, JsonValue>>
    return token ?? accessToken
  } catch (error) {
    if (isNotationError(error, 'encoding-invalid')) return undefined
    throw error
  }
}

function basicHeader({ username, password }: Credentials): string {
  return `Basic ${encodeBase64(encodeUtf8(`${username}:${password}`))}`
}
