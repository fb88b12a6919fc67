// Which caller of CONFIG a token of an OpenID Connect issuer stands for.

import type { JsonObject } from '../shared/json.ts'
import type { AuditDetails } from './audit.ts'
import type { OidcCaller } from './caller-settings.ts'
import { checkClaims } from './claim-rules.ts'
import { TOKEN_CLOCK_TOLERANCE_SECONDS } from './limits.ts'
import type { FindIssuerKeys } from './oidc-issuer-keys.ts'
import {
  refusedToken,
  type UnverifiedToken,
  type VerifiedToken,
  verifyToken,
} from './oidc-token.ts'

/** What telling callers apart needs. */
export interface OidcDeps {
  readonly oidcCallers: readonly OidcCaller[]
  readonly findKeys: FindIssuerKeys
  readonly now: Date
  /** Told what the issuer says of the caller, also where no caller of CONFIG fits. */
  readonly note: (details: AuditDetails) => void
}

/** Claims that tell which run of which project asked: what all tokens have, then GitHub's, then GitLab's. */
const AUDITED_CLAIMS = [
  'sub',
  'jti',
  'repository_id',
  'repository',
  'ref',
  'environment',
  'event_name',
  'workflow_ref',
  'run_id',
  'run_attempt',
  'actor_id',
  'project_id',
  'project_path',
  'ref_path',
  'pipeline_source',
  'pipeline_id',
  'job_id',
  'user_id',
]
/** A longer claim is no id. */
const MAX_AUDITED_CHARACTERS = 512

/**
 * The first caller in CONFIG's order whose issuer, audience and claims the token has.
 *
 * @throws {NotationError} `caller-unauthenticated`, without any of the token's values; `issuer-unavailable`
 */
export async function findOidcCaller(
  token: UnverifiedToken,
  { oidcCallers, findKeys, now, note }: OidcDeps,
): Promise<OidcCaller> {
  const candidates = oidcCallers.filter(({ issuer }) => issuer === token.claims.iss)
  const [issuer] = candidates
  if (issuer === undefined) throw refusedToken('its issuer is that of no caller in CONFIG')
  const audiences = candidates.map(({ audience }) => audience)
  const maxAgeSeconds = Math.max(...candidates.map((caller) => caller.maxTokenAgeSeconds))
  const verified = await verifyToken(token, { issuer, audiences, maxAgeSeconds, now }, findKeys)
  note(auditDetails(verified.claims))
  const ofAudience = candidates.filter(({ audience }) => audience === verified.audience)
  const caller = ofAudience.find((candidate) => mismatchOf(candidate, verified, now) === undefined)
  if (caller !== undefined) return caller
  note({
    mismatches: ofAudience
      .map((own) => `${own.name}: ${mismatchOf(own, verified, now)}`)
      .join(', '),
  })
  throw refusedToken('its claims are those of no caller in CONFIG; the log names what differs')
}

/** The claim for which a token is not the caller's. */
function mismatchOf(
  caller: OidcCaller,
  { claims, issuedAt }: VerifiedToken,
  now: Date,
): string | undefined {
  const ageSeconds = (now.getTime() - issuedAt.getTime()) / 1000
  const isTooOld = ageSeconds > caller.maxTokenAgeSeconds + TOKEN_CLOCK_TOLERANCE_SECONDS
  return isTooOld ? 'iat' : checkClaims(caller, claims)
}

function auditDetails(claims: JsonObject): AuditDetails {
  const shown = AUDITED_CLAIMS.map((name) => [`claims.${name}`, idOf(claims[name])] as const)
  return Object.fromEntries(shown.filter(([, value]) => value !== undefined))
}

function idOf(value: unknown): string | number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.length <= MAX_AUDITED_CHARACTERS ? value : undefined
}
