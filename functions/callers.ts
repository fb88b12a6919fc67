// Who is calling, and what that caller may do. Fail closed: no configured token, no caller.

import { encodeUtf8, toHex } from '../shared/bytes.ts'
import type { Crypto } from '../shared/crypto.ts'
import { NotationError } from '../shared/errors.ts'
import type { CallerGrant, Configuration } from './configuration.ts'
import { ANY, type Permission } from './configuration-schema.ts'

/** An authenticated caller. Only `authenticate` makes one. */
export interface Caller {
  readonly name: string
  readonly grant: CallerGrant
}

const BEARER = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i

/**
 * The caller whose bearer token the request carries (RFC 6750 §2.1).
 *
 * @returns undefined when no Authorization header was sent
 * @throws {NotationError} `caller-unauthenticated` for a header of another form, or a token that is not configured
 */
export async function authenticate(
  authorization: string | undefined,
  configuration: Configuration,
  crypto: Crypto,
): Promise<Caller | undefined> {
  if (authorization === undefined) return undefined
  const token = BEARER.exec(authorization)?.[1]
  if (token === undefined)
    throw unauthenticated('the Authorization header is not of the form "Bearer <token>"')
  const digest = toHex(await crypto.digest('SHA-256', encodeUtf8(token)))
  // Digests are compared, so what a timing difference could tell is a prefix of the digest of a wrong token.
  const grant = configuration.callers.find((caller) => caller.tokenSha256 === digest)
  if (grant === undefined) throw unauthenticated('the token is not a configured one')
  return { name: grant.name, grant }
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
  if (caller === undefined) {
    throw unauthenticated(
      'no token was sent; send "Authorization: Bearer <token>" of a caller in CONFIG setting "callers"',
    )
  }
  const { grant } = caller
  if (!grant.permissions.includes(wish.permission))
    throw forbidden(caller, `the permission "${wish.permission}"`)
  if (wish.keyId !== undefined && !isGranted(grant.keys, wish.keyId))
    throw forbidden(caller, 'this key')
  if (wish.repository !== undefined && !isGranted(grant.repositories, wish.repository))
    throw forbidden(caller, 'this repository')
  return caller
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
