// Which rules want an artifact signed, and why the others do not: the one place where that is decided, for
// the worker and for whoever asks what it would do.

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
  readonly isIndex: boolean
  /** Its artifactType, else its config's media type; undefined for an index without one. */
  readonly artifactType: string | undefined
}

/** Why a rule does not apply. */
export type NotApplying =
  /** The artifact is of another repository, or one that the rule excludes. */
  | 'repository'
  /** It is no image, or of none of the types that the rule names. */
  | 'artifact-type'
  /** No tag that the rule names points to it. */
  | 'tag'
  /** It has no tag, and the rule signs none without. */
  | 'untagged'

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

/** What is signed where a rule names no artifact types: images by their config, and indexes without a type. */
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
])

/** Decides for each rule, in the order of the rules. */
export function explainRules(
  { rules }: SigningRules,
  facts: ArtifactFacts,
): readonly RuleDecision[] {
  return rules.map((rule) => decide(rule, facts))
}

function decide(rule: SigningRule, facts: ArtifactFacts): RuleDecision {
  const isChild = rule.sign !== 'index' && facts.parentRules.includes(rule.name)
  const reason = findReason(rule, facts, isChild)
  if (reason !== undefined) return { rule, applies: false, reason }
  const signsItself = !facts.isIndex || rule.sign !== 'children'
  return { rule, applies: true, signsItself, signsChildren: facts.isIndex && rule.sign !== 'index' }
}

function findReason(
  rule: SigningRule,
  { repository, tags, isUntagged, isIndex, artifactType }: ArtifactFacts,
  isChild: boolean,
): NotApplying | undefined {
  if (!rule.matchesRepository(repository)) return 'repository'
  if (!isWantedType(rule, artifactType, isIndex)) return 'artifact-type'
  if (isChild || tags.some(rule.matchesTag) || (rule.untagged && isUntagged)) return undefined
  return tags.length === 0 ? 'untagged' : 'tag'
}

function isWantedType(
  { artifactTypes }: SigningRule,
  artifactType: string | undefined,
  isIndex: boolean,
): boolean {
  if (artifactType === undefined) return isIndex
  return (artifactTypes ?? IMAGE_CONFIGS).has(artifactType)
}
