// Who is calling, and what that caller may do. Fail closed: no configured token, no caller.

import { encodeUtf8, toHex } from '../shared/bytes.ts'
import type { Crypto } from '../shared/crypto.ts'
import { NotationError } from '../shared/errors.ts'
import type { CallerGrant } from './caller-settings.ts'
import type { Configuration } from './configuration.ts'
import { ANY, type Permission } from './configuration-schema.ts'
import { findOidcCaller, type OidcDeps } from './oidc-callers.ts'
import { parseToken } from './oidc-token.ts'

/** An authenticated caller. Only `authenticate` makes one. */
export interface Caller {
  readonly name: string
  readonly grant: CallerGrant
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i

/** What telling who calls needs. */
export interface CallerDeps extends Pick<OidcDeps, 'findKeys' | 'note'> {
  readonly configuration: Configuration
  readonly crypto: Crypto
  readonly now: () => Date
  /** Finds the SHA-256 of the caller's client certificate. */
  readonly findCertificate: () => Promise<string | undefined>
}

/**
 * The caller whose bearer token the request carries (RFC 6750 §2.1): a static token's, or the first whose issuer,
 * audience and claims a JWT has. Without an Authorization header it is the caller of the client certificate.
 *
 * @returns undefined when there is neither
 * @throws {NotationError} `caller-unauthenticated` for a header of another form, or a token that is nobody's;
 *   `issuer-unavailable`
 */
export async function authenticate(
  authorization: string | undefined,
  deps: CallerDeps,
): Promise<Caller | undefined> {
  const { configuration, crypto, now, findKeys, note } = deps
  if (authorization === undefined) return authenticateByCertificate(deps)
  const text = BEARER.exec(authorization)?.[1]
  if (text === undefined)
    throw unauthenticated('the Authorization header is not of the form "Bearer <token>"')
  const { callers, oidcCallers } = configuration
  const digest = toHex(await crypto.digest('SHA-256', encodeUtf8(text)))
  // Digests are compared, so what a timing difference could tell is a prefix of the digest of a wrong token.
  const owner = callers.find((caller) => caller.tokenSha256 === digest)
  if (owner !== undefined) return { name: owner.name, grant: owner }
  const token = oidcCallers.length === 0 ? undefined : parseToken(text)
  if (token === undefined) throw unauthenticated('the token is not a configured one')
  const grant = await findOidcCaller(token, { oidcCallers, findKeys, now: now(), note })
  return { name: grant.name, grant }
}

async function authenticateByCertificate({
  configuration: { certificateCallers },
  findCertificate,
  note,
}: CallerDeps): Promise<Caller | undefined> {
  const digest = certificateCallers.length === 0 ? undefined : await findCertificate()
  if (digest === undefined) return undefined
  note({ certificateSha256: digest })
  const grant = certificateCallers.find((caller) => caller.certificateSha256 === digest)
  if (grant === undefined) throw unauthenticated('the client certificate is not a configured one')
  return { name: grant.name, grant }
}

/** The challenge of a 401 (RFC 6750 §3): it says that a token was refused only to those who sent one. */
export function challengeFor(authorization: string | undefined): string {
  return BEARER.test(authorization ?? '') ? 'Bearer error="invalid_token"' : 'Bearer'
}

/** What a request wants to do. */
export interface Wish {
  readonly permission: Permission
  readonly keyId?: string
  /** `host/repository`. */
  readonly repository?: string
}

/**
 * Returns the caller if it may do what it wishes.
 *
 * @throws {NotationError} `caller-unauthenticated` without a caller, `caller-forbidden` naming what is not granted
 */
export function authorize(caller: Caller | undefined, wish: Wish): Caller {
  if (caller === undefined) throw callerMissing()
  const { grant } = caller
  if (!grant.permissions.includes(wish.permission))
    throw forbidden(caller, `the permission "${wish.permission}"`)
  if (wish.keyId !== undefined && !isGranted(grant.keys, wish.keyId))
    throw forbidden(caller, 'this key')
  if (wish.repository !== undefined && !isGranted(grant.repositories, wish.repository))
    throw forbidden(caller, 'this repository')
  return caller
}

/** Of a request that somebody has to stand for. @returns `caller-unauthenticated` */
export function callerMissing(): NotationError {
  return unauthenticated(
    'no token was sent; send "Authorization: Bearer <token>" of a caller in CONFIG setting "callers"',
  )
}

function isGranted(granted: readonly string[], name: string): boolean {
  return granted.includes(ANY) || granted.includes(name)
}

function unauthenticated(found: string): NotationError {
  return new NotationError('caller-unauthenticated', `Cannot tell who is calling: ${found}`)
}

function forbidden(caller: Caller, what: string): NotationError {
  return new NotationError(
    'caller-forbidden',
    `Cannot do this for caller "${caller.name}": ${what} is not granted in CONFIG setting "callers"`,
  )
}
