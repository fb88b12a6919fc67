// Callers as CONFIG has them: with a static token, with a client certificate, or with tokens of an OpenID Connect
// issuer and rules for their claims. What could let in more than was meant stops the start.

import type { ClaimRules, ClaimValue } from './claim-rules.ts'
import type { CallerDocument, Permission } from './configuration-schema.ts'
import { invalidSetting } from './invalid-setting.ts'
import { type OidcPreset, PRESETS } from './oidc-presets.ts'

/** What a caller may do. */
export interface CallerGrant {
  readonly name: string
  readonly permissions: readonly Permission[]
  readonly keys: readonly string[]
  /** `host/repository`, or ANY. */
  readonly repositories: readonly string[]
}

/** A caller with a static token, of which only the digest is kept. */
export interface TokenCaller extends CallerGrant {
  /** Lower-case hexadecimal. */
  readonly tokenSha256: string
}

/** A caller with a client certificate, which the platform or a proxy of ours verifies. */
export interface CertificateCaller extends CallerGrant {
  /** Of its DER, lower-case hexadecimal. */
  readonly certificateSha256: string
}

/** Where an issuer's public keys come from. */
export interface OidcIssuer {
  /** `https:`, exactly as the claim `iss` has it. */
  readonly issuer: string
  /** `https:`; undefined where the issuer's discovery document names it. */
  readonly jwksUri: string | undefined
}

/** A caller with tokens of an issuer. */
export interface OidcCaller extends CallerGrant, OidcIssuer, ClaimRules {
  /** The one audience that tokens are for. */
  readonly audience: string
  /** Longest time since a token was issued. */
  readonly maxTokenAgeSeconds: number
}

/** All callers by their kind, each in the order of CONFIG. */
export interface Callers {
  readonly callers: readonly TokenCaller[]
  readonly certificateCallers: readonly CertificateCaller[]
  readonly oidcCallers: readonly OidcCaller[]
}

/** Checked for every token, with settings of their own. */
const REGISTERED_CLAIMS: readonly string[] = ['iss', 'aud', 'exp', 'nbf', 'iat', 'jti']
const DIGESTS = ['tokenSha256', 'certificateSha256'] as const
const OIDC_SETTINGS = [
  'preset',
  'issuer',
  'jwksUri',
  'audience',
  'claims',
  'maxTokenAgeSeconds',
] as const
/** GitHub's and GitLab's tokens for a job live no longer, unless the job is given more time. */
const DEFAULT_MAX_TOKEN_AGE_SECONDS = 3600
const ID = /^[0-9]+$/
const FULL_REF = /^refs\/[^/]/

/**
 * Tells the kinds of callers apart and checks each.
 *
 * @throws {NotationError} `configuration-invalid`, naming the setting
 */
export function assembleCallers(documents: readonly CallerDocument[]): Callers {
  const callers: TokenCaller[] = []
  const certificateCallers: CertificateCaller[] = []
  const oidcCallers: OidcCaller[] = []
  for (const [i, document] of documents.entries()) {
    const setting = `callers.${i}`
    refuseTwoKinds(document, setting)
    const { name, permissions, keys, repositories, tokenSha256, certificateSha256 } = document
    const grant = { name, permissions, keys, repositories }
    if (tokenSha256 !== undefined) callers.push({ ...grant, tokenSha256 })
    else if (certificateSha256 !== undefined)
      certificateCallers.push({ ...grant, certificateSha256 })
    else oidcCallers.push({ ...grant, ...oidcRules(document, setting) })
  }
  for (const caller of oidcCallers) refuseOtherKeys(caller, oidcCallers, documents)
  return { callers, certificateCallers, oidcCallers }
}

function refuseTwoKinds(document: CallerDocument, setting: string): void {
  const digest = DIGESTS.find((member) => document[member] !== undefined)
  if (digest === undefined) return
  const others = [...DIGESTS, ...OIDC_SETTINGS].filter((member) => member !== digest)
  const other = others.find((member) => document[member] !== undefined)
  if (other !== undefined)
    throw invalidSetting(`${setting}.${other}`, `does not go with "${digest}"`)
}

function oidcRules(document: CallerDocument, setting: string): Omit<OidcCaller, keyof CallerGrant> {
  const preset = document.preset === undefined ? undefined : PRESETS[document.preset]
  const issuer = document.issuer ?? preset?.issuer
  if (issuer === undefined)
    throw invalidSetting(
      setting,
      'has neither "tokenSha256" nor "certificateSha256" nor "issuer" nor "preset"',
    )
  if (preset === undefined) requireNoPreset(issuer, setting)
  const { audience, jwksUri, maxTokenAgeSeconds = DEFAULT_MAX_TOKEN_AGE_SECONDS } = document
  if (audience === undefined)
    throw invalidSetting(
      `${setting}.audience`,
      'is missing; take one that is used for nothing else',
    )
  const wanted = wantedClaims(document, setting)
  if (preset !== undefined) requirePresetClaims(preset, wanted, `${setting}.claims`)
  const refused = new Map(Object.entries(preset?.refused ?? {}))
  return { issuer, jwksUri, audience, wanted, refused, maxTokenAgeSeconds }
}

/** Without one, tokens of strangers' workflows could be matched by what they can choose. */
function requireNoPreset(issuer: string, setting: string): void {
  const found = Object.entries(PRESETS).find(([, { knownIssuers }]) => knownIssuers.test(issuer))
  if (found === undefined) return
  throw invalidSetting(`${setting}.preset`, `is missing; this issuer needs "${found[0]}"`)
}

function wantedClaims(
  { claims = {} }: CallerDocument,
  setting: string,
): ReadonlyMap<string, readonly ClaimValue[]> {
  const entries = Object.entries(claims)
  if (entries.length === 0)
    throw invalidSetting(
      `${setting}.claims`,
      'is missing or empty: every token of the issuer would do',
    )
  const registered = entries.find(([name]) => REGISTERED_CLAIMS.includes(name))
  if (registered !== undefined)
    throw invalidSetting(`${setting}.claims.${registered[0]}`, 'is checked for every token already')
  return new Map(entries.map(([name, value]) => [name, Array.isArray(value) ? value : [value]]))
}

function requirePresetClaims(
  { idClaim, placeClaims, refClaim }: OidcPreset,
  wanted: ReadonlyMap<string, readonly ClaimValue[]>,
  setting: string,
): void {
  const ids = wanted.get(idClaim)
  if (ids === undefined)
    throw invalidSetting(`${setting}.${idClaim}`, 'is missing: names of projects can change hands')
  if (!ids.every((id) => typeof id === 'string' && ID.test(id)))
    throw invalidSetting(`${setting}.${idClaim}`, 'must be a number in quotes, "123456"')
  if (!placeClaims.some((name) => wanted.has(name)))
    throw invalidSetting(setting, `needs ${placeClaims.map((name) => `"${name}"`).join(' or ')}`)
  const refs = wanted.get(refClaim) ?? []
  if (!refs.every((ref) => typeof ref === 'string' && FULL_REF.test(ref)))
    throw invalidSetting(`${setting}.${refClaim}`, 'must be a full ref, as "refs/heads/main"')
}

/** One issuer has one set of keys, whichever caller is meant. */
function refuseOtherKeys(
  { name, issuer, jwksUri }: OidcCaller,
  all: readonly OidcCaller[],
  documents: readonly CallerDocument[],
): void {
  const first = all.find((caller) => caller.issuer === issuer)
  if (first === undefined || first.jwksUri === jwksUri) return
  const index = documents.findIndex((document) => document.name === name)
  const found = `is not that of caller "${first.name}", who has the same issuer`
  throw invalidSetting(`callers.${index}.jwksUri`, found)
}
