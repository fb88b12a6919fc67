// What the rules want of a subject now: which profiles, which children, and which no longer because their tags
// have moved on. The registry decides which tags point here, not the events that named them.

import type { Registry } from '../../shared/registry/client.ts'
import type { IndexChild } from '../../shared/registry/image-index.ts'
import { isUnknownPlatform } from '../../shared/registry/platform.ts'
import { MAX_HINTED_TAGS, MAX_INDEX_DEPTH, MAX_SIGNED_CHILDREN } from '../limits.ts'
import { explainRules, type RuleDecision } from '../rules/match-rules.ts'
import type { SigningRule } from '../rules/signing-rule.ts'
import { admitByRules } from './admission.ts'
import type { ActorContext } from './engine.ts'
import { findLiveHints, parentRulesOf, rootsOf, type TagHints } from './live-hints.ts'
import { profileId } from './profile.ts'
import type { ProfileOrder, SigningTarget } from './profile-work.ts'
import type { SigningWorld } from './signing-world.ts'
import { NOTHING_SPENT } from './spent-signatures.ts'
import { formatRepository } from './subject.ts'
import type { SubjectManifest } from './subject-manifest.ts'
import type { SubjectRecord } from './subject-record.ts'
import type { TaggedRoot } from './task.ts'
import { type SupersededProfile, settleUnwanted } from './unwanted-profiles.ts'

/** What is to be done. */
export interface Decision {
  readonly orders: readonly WantedOrder[]
  /** Profiles that are not wanted any more since this look. */
  readonly superseded: readonly SupersededProfile[]
  /** Manifests of an index that are to be looked at, and by which rules. */
  readonly children: readonly WantedChild[]
  /** What the rules want and is not done, for somebody to know. */
  readonly problem?: { readonly code: string; readonly message: string }
}

/** An order of the rules, whichever attempt at a look asks. */
export type WantedOrder = Omit<ProfileOrder, 'isRepeated' | 'heardAt'>

/** A child of an index. */
export interface WantedChild {
  readonly digest: string
  readonly rules: readonly string[]
  /** Indexes above it, the one that was pushed included. */
  readonly depth: number
  /** Tags that these rules name, and the indexes that they point to; none where there is no tag. */
  readonly roots: readonly TaggedRoot[]
}

/** Where the decision is made. */
export interface DecisionScene extends ActorContext {
  readonly world: SigningWorld
  readonly record: SubjectRecord
  /** See TagScene. */
  readonly awaitedTag: string | undefined
}

type Applying = Extract<RuleDecision, { applies: true }>

/**
 * Decides. Profiles that no rule wants, or only rules whose tags have moved, come to rest.
 *
 * @throws {NotationError} the registry's codes
 */
export async function decideByRules(
  manifest: SubjectManifest,
  { registry, listSignatures }: SigningTarget,
  scene: DecisionScene,
): Promise<Decision> {
  const { hints } = scene.record.state()
  const hinted = applyingRules(hints, manifest, scene)
  // Most of what a rule may want it does want: asked for along with the tags. Whoever needs them hears what failed.
  if (hinted.length > 0) listSignatures().catch(() => {})
  const hintedRules = hinted.map(({ rule }) => rule)
  const live = await findLiveHints(hints, hintedRules, { ...scene, registry })
  const applying = applyingRules(live, manifest, scene)
  const rules = applying.filter(({ signsItself }) => signsItself).map(({ rule }) => rule)
  const orders = await ordersOf(rules, manifest, registry, scene)
  const moved = hinted.filter(({ rule, signsItself }) => signsItself && !rules.includes(rule))
  const superseded = await settleUnwanted(
    orders.map(({ id }) => id),
    await ordersOf(
      moved.map(({ rule }) => rule),
      manifest,
      registry,
      scene,
    ),
    scene.record,
    scene.world.now,
  )
  return { orders, superseded, ...childrenOf(manifest, applying, live, scene) }
}

function applyingRules(
  { tags, parents }: TagHints,
  { isIndex, artifactType }: SubjectManifest,
  { subject, record, world }: DecisionScene,
): readonly Applying[] {
  const { isUntagged } = record.state().hints
  const decisions = explainRules(world.rules, {
    repository: formatRepository(subject),
    tags,
    isUntagged,
    parentRules: parentRulesOf(parents, world.rules.rules),
    isReferrer: false,
    isIndex,
    artifactType,
  })
  return decisions.filter((decision): decision is Applying => decision.applies)
}

/** One for each profile, whichever rules want it. */
async function ordersOf(
  rules: readonly SigningRule[],
  manifest: SubjectManifest,
  registry: Registry,
  scene: DecisionScene,
): Promise<readonly WantedOrder[]> {
  const { crypto } = scene.world
  const byId = new Map<string, SigningRule[]>()
  for (const rule of rules) {
    const id = await profileId(rule.profile, crypto)
    byId.set(id, [...(byId.get(id) ?? []), rule])
  }
  return [...byId].flatMap(([id, wanting]) => {
    const [first] = wanting
    if (first === undefined) return []
    const admit: WantedOrder['admit'] = (replaces) => {
      const { requests } = scene.record.state().profiles[id]?.spending ?? NOTHING_SPENT
      // A request that cost nothing leaves its place to the next one.
      const requestName = `${id} ${requests + 1}`
      return admitByRules({ rules: wanting, requestName, replaces, manifest, registry }, scene)
    }
    const { profile } = first
    const names = wanting.map(({ name }) => name)
    return [{ id, profile, rules: names, admit }]
  })
}

function childrenOf(
  { children }: SubjectManifest,
  applying: readonly Applying[],
  { tags, parents }: TagHints,
  { subject }: DecisionScene,
): Pick<Decision, 'children' | 'problem'> {
  const signing = applying.filter(({ signsChildren }) => signsChildren).map(({ rule }) => rule)
  const depth = 1 + Math.max(0, ...parents.map((parent) => parent.depth))
  if (signing.length === 0) return { children: [] }
  const wanted = children.filter(isSignable)
  if (depth > MAX_INDEX_DEPTH) return { children: [], problem: TOO_DEEP }
  const signed = signedChildren(children)
  const rules = signing.map(({ name }) => name)
  const own = tags.map((tag) => ({ tag, digest: subject.digest }))
  const roots = [...own, ...rootsOf(parents)]
    .filter(({ tag }) => signing.some((rule) => rule.matchesTag(tag)))
    .slice(-MAX_HINTED_TAGS)
  return {
    children: signed.map(({ descriptor: { digest } }) => ({ digest, rules, depth, roots })),
    ...(signed.length < wanted.length ? { problem: TOO_MANY } : {}),
  }
}

/** Builders list attestations among the images; nobody runs what has no platform that is known. */
function isSignable({ isAttestation, platform }: IndexChild): boolean {
  return !isAttestation && !(platform !== undefined && isUnknownPlatform(platform))
}

/** The children of an index that are signed: the first of those that are images. */
export function signedChildren(children: readonly IndexChild[]): readonly IndexChild[] {
  return children.filter(isSignable).slice(0, MAX_SIGNED_CHILDREN)
}

const TOO_DEEP = {
  code: 'index-too-deep',
  message: `the children of this index are not signed: it lies ${MAX_INDEX_DEPTH} levels below the one that was pushed`,
}
const TOO_MANY = {
  code: 'index-too-large',
  message: `only the first ${MAX_SIGNED_CHILDREN} children of this index are signed`,
}
