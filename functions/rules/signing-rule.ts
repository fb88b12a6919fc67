// One rule of signing-rules.json as the worker uses it, checked whole.

import type { ProfileRequest } from '../signing/subject-state.ts'

/** What of an index is signed. */
export type SignScope = 'index' | 'children' | 'both'

/** A rule. */
export interface SigningRule {
  readonly name: string
  /** Whether it holds for a repository, written `host/repository`. */
  readonly matchesRepository: (repository: string) => boolean
  /** Globs as written: a sweep expands them. */
  readonly repositories: readonly string[]
  /** Whether it would hold for a repository, had it no exclusions. */
  readonly excludesRepository: (repository: string) => boolean
  /** Whether it holds for a tag. A rule without `tags` holds for every tag. */
  readonly matchesTag: (tag: string) => boolean
  /** Whether it would hold for a tag, had it no exclusions. */
  readonly excludesTag: (tag: string) => boolean
  /** Whether manifests that are pushed without a tag are signed for their own sake. */
  readonly untagged: boolean
  /** Artifact types, or config media types where a manifest has none; undefined: container images and indexes. */
  readonly artifactTypes: ReadonlySet<string> | undefined
  readonly sign: SignScope
  readonly profile: ProfileRequest
  /** A trust policy statement by whose signature the artifact must already be signed. */
  readonly requiredStatement: string | undefined
  readonly maxSignaturesPerDay: number | undefined
}

/** The document. */
export interface SigningRules {
  readonly rules: readonly SigningRule[]
}
