// Public keys of the issuers that CONFIG names: found by OpenID Connect Discovery 1.0 §4 or where CONFIG says,
// kept for a while, fetched again when a token names a key that is not among them. Nothing that a token
// says decides where a request goes.

import { createLocalJWKSet } from 'jose/jwks/local'
import { NotationError } from '../shared/errors.ts'
import { type JsonObject, type JsonValue, parseJson } from '../shared/json.ts'
import { isJsonObject } from '../shared/json-shape.ts'
import { exchange, type Fetch } from '../shared/registry/exchange.ts'
import type { OidcIssuer } from './caller-settings.ts'
import {
  ISSUER_KEYS_MAX_AGE_MS,
  ISSUER_KEYS_REFRESH_MS,
  ISSUER_RETRY_MS,
  ISSUER_TIMEOUT_MS,
  MAX_ISSUER_ANSWER_BYTES,
} from './limits.ts'

/** Keys as they were fetched. */
export interface IssuerKeys {
  readonly keyIds: ReadonlySet<string>
  /** Picks the key of a token's header, for jose. */
  readonly resolve: ReturnType<typeof createLocalJWKSet>
  readonly fetchedAtMs: number
}

/** What is known of one issuer. */
interface CachedIssuer {
  /** Of the last fetch that succeeded. */
  readonly keys: IssuerKeys | undefined
  readonly attemptedAtMs: number
  /** How the last attempt failed; undefined where it succeeded. */
  readonly failure: NotationError | undefined
}

/** Outlives requests. It holds no promises: on Workers one request cannot wait for another's. */
export type IssuerKeyCache = Map<string, CachedIssuer>

/** What finding keys needs from the outside. */
export interface IssuerKeyDeps {
  readonly fetch: Fetch
  readonly now: () => Date
  readonly issuerKeyCache: IssuerKeyCache
}

/**
 * The keys of an issuer if one of them has the id.
 *
 * @returns undefined when the issuer has no such key
 * @throws {NotationError} `issuer-unavailable`
 */
export type FindIssuerKeys = (issuer: OidcIssuer, keyId: string) => Promise<IssuerKeys | undefined>

/** Creates the look-up. Those who look for one issuer's keys at the same time wait for one fetch. */
export function createIssuerKeyFinder({
  fetch,
  now,
  issuerKeyCache,
}: IssuerKeyDeps): FindIssuerKeys {
  const running = new Map<string, Promise<CachedIssuer>>()
  const refresh = async (issuer: OidcIssuer, place: string): Promise<CachedIssuer> => {
    const attemptedAtMs = now().getTime()
    const outcome = await fetchKeys(issuer, fetch, attemptedAtMs).catch(toFailure)
    const known = issuerKeyCache.get(place)?.keys
    const cached =
      outcome instanceof NotationError
        ? { keys: known, attemptedAtMs, failure: outcome }
        : { keys: outcome, attemptedAtMs, failure: undefined }
    issuerKeyCache.set(place, cached)
    return cached
  }
  const join = (issuer: OidcIssuer, place: string): Promise<CachedIssuer> => {
    const fetching =
      running.get(place) ?? refresh(issuer, place).finally(() => running.delete(place))
    running.set(place, fetching)
    return fetching
  }
  return async (issuer, keyId) => {
    const place = `${issuer.issuer} ${issuer.jwksUri ?? ''}`
    const nowMs = now().getTime()
    const known = issuerKeyCache.get(place)
    const isEnough = known !== undefined && isSettled(known, keyId, nowMs)
    const cached = isEnough ? known : await join(issuer, place)
    // What was fetched just now is not asked for its age: the clock may have moved meanwhile, either way.
    const keys = cached.failure === undefined ? cached.keys : usableKeys(cached, nowMs)
    if (keys?.keyIds.has(keyId) === true) return keys
    if (cached.failure === undefined) return undefined
    throw cached.failure
  }
}

/** Whether what is known answers for this key id, or has to until the issuer may be asked again. */
function isSettled(cached: CachedIssuer, keyId: string, nowMs: number): boolean {
  const keys = usableKeys(cached, nowMs)
  if (keys?.keyIds.has(keyId) === true) return true
  if (cached.failure !== undefined) return isWithin(cached.attemptedAtMs, ISSUER_RETRY_MS, nowMs)
  return keys !== undefined && isWithin(cached.attemptedAtMs, ISSUER_KEYS_REFRESH_MS, nowMs)
}

function usableKeys({ keys }: CachedIssuer, nowMs: number): IssuerKeys | undefined {
  if (keys === undefined) return undefined
  return isWithin(keys.fetchedAtMs, ISSUER_KEYS_MAX_AGE_MS, nowMs) ? keys : undefined
}

/** A clock that went back makes what lies in the future old. */
function isWithin(sinceMs: number, spanMs: number, nowMs: number): boolean {
  return nowMs >= sinceMs && nowMs - sinceMs < spanMs
}

function toFailure(cause: unknown): NotationError {
  if (cause instanceof NotationError) return cause
  throw cause
}

async function fetchKeys(
  { issuer, jwksUri }: OidcIssuer,
  fetch: Fetch,
  fetchedAtMs: number,
): Promise<IssuerKeys> {
  const uri = jwksUri ?? (await discover(issuer, fetch))
  const { keys } = await fetchDocument(issuer, new URL(uri), fetch)
  if (!Array.isArray(keys)) throw unavailable(issuer, 'its key document has no list "keys"')
  const publicKeys = keys.filter(isPublicKey)
  const keyIds = publicKeys.map(({ kid }) => kid).filter((kid) => typeof kid === 'string')
  const resolve = createLocalJWKSet({ keys: publicKeys })
  return { keyIds: new Set(keyIds), resolve, fetchedAtMs }
}

/** @returns URL of the keys, which is on the issuer's own origin: its document must not send us elsewhere */
async function discover(issuer: string, fetch: Fetch): Promise<string> {
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const document = await fetchDocument(issuer, url, fetch)
  // §4.3: another issuer's document must not vouch for this one.
  if (document.issuer !== issuer) throw unavailable(issuer, 'its discovery document is of another')
  const uri = typeof document.jwks_uri === 'string' ? URL.parse(document.jwks_uri) : null
  if (uri !== null && uri.origin === url.origin) return uri.href
  throw unavailable(
    issuer,
    'its discovery document names no "jwks_uri" of its own origin; set "jwksUri" of its callers in CONFIG',
  )
}

async function fetchDocument(issuer: string, url: URL, fetch: Fetch): Promise<JsonObject> {
  const answer = await exchange(fetch, {
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    maxBytes: MAX_ISSUER_ANSWER_BYTES,
    timeoutMs: ISSUER_TIMEOUT_MS,
  }).catch((cause: unknown) => {
    throw unavailable(issuer, cause instanceof Error ? cause.message : 'no answer', cause)
  })
  if (answer.status !== 200) throw unavailable(issuer, `${url.href} answered ${answer.status}`)
  const document = readDocument(answer.bytes)
  if (isJsonObject(document)) return document
  throw unavailable(issuer, `the answer of ${url.href} is not a JSON object`)
}

function readDocument(bytes: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(bytes)
  } catch {
    return undefined
  }
}

/** Secret keys, which an issuer should not publish, are nothing to verify with. */
function isPublicKey(key: JsonValue): key is JsonObject & { readonly kty: string } {
  return isJsonObject(key) && typeof key.kty === 'string' && key.kty !== 'oct'
}

function unavailable(issuer: string, found: string, cause?: unknown): NotationError {
  return new NotationError(
    'issuer-unavailable',
    `Cannot fetch the keys of issuer "${issuer}": ${found}`,
    { cause, retryAfterSeconds: ISSUER_RETRY_MS / 1000 },
  )
}
