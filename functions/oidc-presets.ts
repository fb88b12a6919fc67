// What the tokens of well-known CI services must be matched by. A name can be given up and taken by another
// owner, an id cannot; and a project's id alone would let every branch in, and whoever may push one.

import type { ClaimValue } from './claim-rules.ts'

/** The rules that come with a preset, beside those of the caller. */
export interface OidcPreset {
  /** Where the service's own tokens come from; a self-managed one has another issuer. */
  readonly issuer: string
  /** Issuers that are known to be this service's: callers of theirs must have the preset. */
  readonly knownIssuers: RegExp
  /** Names the project by a number that stays with it. The caller's claims must have it. */
  readonly idClaim: string
  /** The caller's claims must have one of them. */
  readonly placeClaims: readonly string[]
  /** Of placeClaims, the one whose values are full refs, as `refs/heads/main`. */
  readonly refClaim: string
  /** Values that no token may have. A token without such a claim is refused too. */
  readonly refused: Readonly<Record<string, readonly ClaimValue[]>>
}

/** Names of the presets. */
export const PRESET_NAMES = ['github-actions', 'gitlab-ci'] as const
/** One of PRESET_NAMES. */
export type PresetName = (typeof PRESET_NAMES)[number]

/** The presets by name. */
export const PRESETS: Readonly<Record<PresetName, OidcPreset>> = {
  'github-actions': {
    issuer: 'https://token.actions.githubusercontent.com',
    // An enterprise's own path, GitHub with data residency, GitHub Enterprise Server.
    knownIssuers:
      /^https:\/\/(?:token\.actions\.(?:githubusercontent\.com|[^/]+\.ghe\.com)(?:\/|$)|[^/]+\/_services\/token$)/i,
    idClaim: 'repository_id',
    placeClaims: ['ref', 'environment'],
    refClaim: 'ref',
    // Runs for a stranger's pull request with the ref of the branch that it is meant for.
    refused: { event_name: ['pull_request_target'] },
  },
  'gitlab-ci': {
    issuer: 'https://gitlab.com',
    knownIssuers: /^https:\/\/gitlab\.com\/?$/i,
    idClaim: 'project_id',
    // Not `ref`: a branch, a tag and the source branch of a fork's merge request can have that bare name in common.
    placeClaims: ['ref_path', 'environment'],
    refClaim: 'ref_path',
    // Runs what a merge request brings, and has been told apart from the project's own pipelines badly before.
    refused: { pipeline_source: ['merge_request_event', 'external_pull_request_event'] },
  },
}
