// Which rules want an artifact signed, and why the others do not: the one place where that is decided, for
// the worker and for whoever asks what it would do.

import { DOCKER_MANIFEST_LIST, OCI_IMAGE_INDEX } from '../../shared/registry/media-types.ts'
import type { SigningRule, SigningRules } from './signing-rule.ts'

/** What is known of an artifact. */
export interface ArtifactFacts {
  /** `host/repository`. */
  readonly repository: string
  /** Tags that point to it. */
  readonly tags: readonly string[]
  /** Whether it was pushed by digest alone. */
  readonly isUntagged: boolean
  /** Names of rules that sign the children of an index that lists it. */
  readonly parentRules: readonly string[]
  /** Whether it speaks of another artifact: a signature, an attestation, an SBOM. */
  readonly isReferrer: boolean
  readonly isIndex: boolean
  /** Its artifactType, else its config's media type; undefined for an index without one. */
  readonly artifactType: string | undefined
}

/** Why a rule does not apply, each only where those before it do not hold. */
export const NOT_APPLYING = [
  /** The artifact speaks of another one: such are never signed. */
  'referrer',
  /** The rule names other repositories. */
  'repository',
  /** The rule names the repository, and excludes it. */
  'repository-excluded',
  /** It is no container image, or of none of the types that the rule names. */
  'artifact-type',
  /** It has no tag, and the rule signs none without. */
  'untagged',
  /** The rule names a tag that points to it, and excludes that tag. */
  'tag-excluded',
  /** The rule names other tags. */
  'tag',
] as const
/** One of NOT_APPLYING. */
export type NotApplying = (typeof NOT_APPLYING)[number]

/** What a rule makes of an artifact. */
export type RuleDecision = {
  readonly rule: SigningRule
} & (
  | { readonly applies: false; readonly reason: NotApplying }
  | {
      readonly applies: true
      /** False for an index of whose children alone the rule speaks. */
      readonly signsItself: boolean
      readonly signsChildren: boolean
    }
)

/** Config of an OCI image; what a rule that names no artifact types signs, with Docker's and indexes. */
export const OCI_IMAGE_CONFIG = 'application/vnd.oci.image.config.v1+json'
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  OCI_IMAGE_CONFIG,
  'application/vnd.docker.container.image.v1+json',
])
/** As what an index without an artifact type counts. What it lists, only its children can tell. */
const INDEX_TYPES: readonly string[] = [...IMAGE_CONFIGS, OCI_IMAGE_INDEX, DOCKER_MANIFEST_LIST]

/** Decides for each rule, in the order of the rules. No rule bears upon another. */
export function explainRules(
  { rules }: SigningRules,
  facts: ArtifactFacts,
): readonly RuleDecision[] {
  return rules.map((rule) => decide(rule, facts))
}

function decide(rule: SigningRule, facts: ArtifactFacts): RuleDecision {
  if (facts.isReferrer) return { rule, applies: false, reason: 'referrer' }
  const placeReason = findPlaceReason(rule, facts)
  if (placeReason !== undefined) return { rule, applies: false, reason: placeReason }
  const { isIndex } = facts
  const isWanted = isWantedType(rule, facts)
  const signsItself = isWanted && !(isIndex && rule.sign === 'children')
  // An index without a type is gone through in any case: each child has a type of its own.
  const isGoneThrough = isWanted || facts.artifactType === undefined
  const signsChildren = isIndex && rule.sign !== 'index' && isGoneThrough
  if (!signsItself && !signsChildren) return { rule, applies: false, reason: 'artifact-type' }
  const tagReason = findTagReason(rule, facts)
  if (tagReason !== undefined) return { rule, applies: false, reason: tagReason }
  return { rule, applies: true, signsItself, signsChildren }
}

function findPlaceReason(
  rule: SigningRule,
  { repository }: ArtifactFacts,
): NotApplying | undefined {
  if (rule.matchesRepository(repository)) return undefined
  return rule.excludesRepository(repository) ? 'repository-excluded' : 'repository'
}

function findTagReason(
  rule: SigningRule,
  { tags, isUntagged, parentRules }: ArtifactFacts,
): NotApplying | undefined {
  const isChild = rule.sign !== 'index' && parentRules.includes(rule.name)
  if (isChild || tags.some(rule.matchesTag) || (rule.untagged && isUntagged)) return undefined
  if (tags.length === 0) return 'untagged'
  return tags.some(rule.excludesTag) ? 'tag-excluded' : 'tag'
}

function isWantedType(
  { artifactTypes = IMAGE_CONFIGS }: SigningRule,
  { isIndex, artifactType }: ArtifactFacts,
): boolean {
  if (artifactType !== undefined) return artifactTypes.has(artifactType)
  return isIndex && INDEX_TYPES.some((type) => artifactTypes.has(type))
}
