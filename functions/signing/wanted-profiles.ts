// What the rules want of a subject now: which profiles, which children, and which no longer because their tags
// have moved on. The registry decides which tags point here, not the events that named them.

import { isNotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import type { IndexChild } from '../../shared/registry/image-index.ts'
import { isUnknownPlatform } from '../../shared/registry/platform.ts'
import { MAX_INDEX_DEPTH, MAX_SIGNED_CHILDREN } from '../limits.ts'
import { explainRules, type RuleDecision } from '../rules/match-rules.ts'
import type { SigningRule } from '../rules/signing-rule.ts'
import { admitByRules } from './admission.ts'
import type { ActorContext } from './engine.ts'
import { profileId } from './profile.ts'
import type { ProfileOrder, SigningTarget } from './profile-work.ts'
import type { SigningWorld } from './signing-world.ts'
import { NOTHING_SPENT } from './spent-signatures.ts'
import { formatRepository } from './subject.ts'
import type { SubjectManifest } from './subject-manifest.ts'
import type { SubjectRecord } from './subject-record.ts'
import { settleUnwanted } from './unwanted-profiles.ts'

/** What is to be done. */
export interface Decision {
  readonly orders: readonly WantedOrder[]
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
}

/** Where the decision is made. */
export interface DecisionScene extends ActorContext {
  readonly world: SigningWorld
  readonly record: SubjectRecord
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
  const { tags } = scene.record.state().hints
  const hinted = applyingRules(tags, manifest, scene)
  // Most of what a rule may want it does want: asked for along with the tags. Whoever needs them hears what failed.
  if (hinted.length > 0) listSignatures().catch(() => {})
  const live = await findLiveTags(hinted, registry, scene)
  const applying = applyingRules(live, manifest, scene)
  const rules = applying.filter(({ signsItself }) => signsItself).map(({ rule }) => rule)
  const orders = await ordersOf(rules, manifest, registry, scene)
  const moved = hinted.filter(({ rule, signsItself }) => signsItself && !rules.includes(rule))
  await settleUnwanted(
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
  return { orders, ...childrenOf(manifest, applying, scene) }
}

function applyingRules(
  tags: readonly string[],
  { isIndex, artifactType }: SubjectManifest,
  { subject, record, world }: DecisionScene,
): readonly Applying[] {
  const { isUntagged, parents } = record.state().hints
  const decisions = explainRules(world.rules, {
    repository: formatRepository(subject),
    tags,
    isUntagged,
    parentRules: parents.flatMap(({ rules }) => rules),
    isReferrer: false,
    isIndex,
    artifactType,
  })
  return decisions.filter((decision): decision is Applying => decision.applies)
}

/** Of the tags that hints named and a rule names, those that the registry resolves to this subject now. */
async function findLiveTags(
  hinted: readonly Applying[],
  registry: Registry,
  { subject, record }: DecisionScene,
): Promise<readonly string[]> {
  const { repository, registry: host, digest } = subject
  const named = record
    .state()
    .hints.tags.filter((tag) => hinted.some(({ rule }) => rule.matchesTag(tag)))
  const resolved = await Promise.all(
    named.map(async (tag) => {
      try {
        return await registry.resolve({ registry: host, repository, tag })
      } catch (cause) {
        if (isNotationError(cause, 'artifact-unknown')) return undefined
        throw cause
      }
    }),
  )
  return named.filter((_, i) => resolved[i]?.digest === digest)
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
    const admit = (): ReturnType<typeof admitByRules> => {
      const { requests } = scene.record.state().profiles[id]?.spending ?? NOTHING_SPENT
      // A request that cost nothing leaves its place to the next one.
      const requestName = `${id} ${requests + 1}`
      return admitByRules({ rules: wanting, requestName, manifest, registry }, scene)
    }
    const { profile } = first
    const names = wanting.map(({ name }) => name)
    return [{ id, profile, rules: names, admit }]
  })
}

function childrenOf(
  { children }: SubjectManifest,
  applying: readonly Applying[],
  { record }: DecisionScene,
): Pick<Decision, 'children' | 'problem'> {
  const rules = applying.filter(({ signsChildren }) => signsChildren).map(({ rule }) => rule.name)
  const depth = 1 + Math.max(0, ...record.state().hints.parents.map((parent) => parent.depth))
  if (rules.length === 0) return { children: [] }
  const wanted = children.filter(isSignable)
  if (depth > MAX_INDEX_DEPTH) return { children: [], problem: TOO_DEEP }
  const signed = signedChildren(children)
  return {
    children: signed.map(({ descriptor: { digest } }) => ({ digest, rules, depth })),
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
