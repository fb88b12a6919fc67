// Whether an artifact under a tag has to be looked at: what its rules want beside what stands. Nothing is signed
// and no state is written; the look decides for itself.

import type { Descriptor } from '../../shared/descriptor.ts'
import { isNotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import { isImageIndex } from '../../shared/registry/image-index.ts'
import { claimedLeafThumbprint } from '../../shared/registry/signature-manifest.ts'
import { MAX_INDEX_DEPTH } from '../limits.ts'
import { type ArtifactFacts, explainRules } from '../rules/match-rules.ts'
import type { SigningRule } from '../rules/signing-rule.ts'
import type { SigningEngine } from '../signing/engine.ts'
import { profileId } from '../signing/profile.ts'
import { isRenewalDue } from '../signing/renewal.ts'
import type { SigningWorld } from '../signing/signing-world.ts'
import { formatRepository, type Subject } from '../signing/subject.ts'
import { fetchSubjectManifest, type SubjectManifest } from '../signing/subject-manifest.ts'
import type { ProfileState, SubjectState } from '../signing/subject-state.ts'
import { signedChildren } from '../signing/wanted-profiles.ts'
import type { DueReason } from './sweep-run.ts'

/** What is due, and for which rule. */
export interface Due {
  readonly rule: string
  readonly reason: DueReason
}

/** What asking needs. */
export interface DueDeps {
  readonly registry: Registry
  readonly engine: SigningEngine
  readonly world: SigningWorld
  /** SHA-256 of the certificate that a rule's key has now; undefined for a key that cannot be used: such a rule is left out. */
  readonly findLeaf: (rule: SigningRule) => Promise<string | undefined>
  /** Told of each artifact that is looked at, children of indexes included: each costs up to three requests. */
  readonly onArtifact?: () => void
}

/** What was given up is tried again after this: sooner nothing would be different, and somebody may replay it. */
const FAILED_RETRY_MS = 3600 * 1000

/** Where an artifact was found. */
export interface Found {
  /** As the registry answers a HEAD request, which counts as no pull. */
  readonly descriptor: Descriptor
  /** Undefined for what was pushed by digest alone. */
  readonly tag: string | undefined
}

/**
 * Whether an artifact has to be looked at.
 *
 * @throws {NotationError} the codes of registry and signer
 */
export async function findDue(
  subject: Subject,
  { descriptor, tag }: Found,
  deps: DueDeps,
): Promise<Due | undefined> {
  const { registry, engine, world } = deps
  const named = rulesNaming(subject, tag, world)
  if (named.length === 0) return undefined
  deps.onArtifact?.()
  const state = await engine.readState(subject)
  if (await isSignedThroughout(named, state, descriptor, world))
    return findDueOf(named, state, descriptor, subject, deps)
  const manifest = await fetchSubjectManifest(subject, registry)
  const tagged = { tags: tag === undefined ? [] : [tag], isUntagged: tag === undefined }
  const { itself, children } = wantedBy(manifest, { ...tagged, parentRules: [] }, subject, world)
  const due = await findDueOf(itself, state, manifest.descriptor, subject, deps)
  return due ?? findDueChild(children, manifest, subject, 1, deps)
}

/** Rules that want it, if it is of the types that they sign. */
function rulesNaming(
  subject: Subject,
  tag: string | undefined,
  { rules: { rules } }: SigningWorld,
): readonly SigningRule[] {
  const repository = formatRepository(subject)
  return rules.filter(
    (rule) =>
      rule.matchesRepository(repository) &&
      (tag === undefined ? rule.untagged : rule.matchesTag(tag)),
  )
}

/** Then its manifest tells nothing new: each rule had it signed, and has no children to ask for. */
async function isSignedThroughout(
  rules: readonly SigningRule[],
  state: SubjectState | undefined,
  { mediaType }: Descriptor,
  { crypto }: SigningWorld,
): Promise<boolean> {
  for (const { name, profile, sign } of rules) {
    if (isImageIndex(mediaType) && sign !== 'index') return false
    const known = state?.profiles[await profileId(profile, crypto)]
    if (known?.state !== 'COMPLETE' || !known.rules.includes(name)) return false
  }
  return true
}

/** Which rules want a manifest signed, and which the children that it lists. */
function wantedBy(
  manifest: SubjectManifest,
  named: Pick<ArtifactFacts, 'tags' | 'isUntagged' | 'parentRules'>,
  subject: Subject,
  { rules }: SigningWorld,
): { readonly itself: readonly SigningRule[]; readonly children: readonly SigningRule[] } {
  const { isIndex, artifactType, subjectDigest, isStatement } = manifest
  const applying = explainRules(rules, {
    ...named,
    repository: formatRepository(subject),
    isReferrer: subjectDigest !== undefined || isStatement,
    isIndex,
    artifactType,
  }).filter((decision) => decision.applies)
  return {
    itself: applying.filter(({ signsItself }) => signsItself).map(({ rule }) => rule),
    children: applying.filter(({ signsChildren }) => signsChildren).map(({ rule }) => rule),
  }
}

async function findDueOf(
  rules: readonly SigningRule[],
  state: SubjectState | undefined,
  descriptor: Descriptor,
  { repository }: Subject,
  { registry, world, findLeaf }: DueDeps,
): Promise<Due | undefined> {
  let listed: readonly Descriptor[] | undefined
  for (const rule of rules) {
    const known = state?.profiles[await profileId(rule.profile, world.crypto)]
    const leafSha256 = await findLeaf(rule)
    if (leafSha256 === undefined || isJustGivenUp(known, world.now())) continue
    const byState = reasonByState(known, leafSha256, rule, world.now())
    if (byState !== undefined && known !== undefined) return { rule: rule.name, reason: byState }
    if (listed === undefined) {
      listed = []
      for await (const manifest of registry.listSignatures(repository, descriptor))
        listed = [...listed, manifest]
    }
    const reason = reasonByList(known, leafSha256, listed)
    if (reason !== undefined) return { rule: rule.name, reason }
  }
  return undefined
}

function isJustGivenUp(known: ProfileState | undefined, now: Date): boolean {
  return known?.state === 'FAILED' && isRecent(known.updatedAt, now)
}

/** A look that came to no profile at all. */
function isJustFailed(state: SubjectState | undefined, now: Date): boolean {
  return state?.problem !== undefined && isRecent(state.updatedAt, now)
}

function isRecent(at: string, now: Date): boolean {
  return now.getTime() - Date.parse(at) < FAILED_RETRY_MS
}

function reasonByState(
  known: ProfileState | undefined,
  leafSha256: string,
  { profile: { expirySeconds = 0 } }: SigningRule,
  now: Date,
): DueReason | undefined {
  if (known?.state !== 'COMPLETE') return 'unsigned'
  if (known.leafSha256 !== leafSha256) return 'certificate-replaced'
  const expiresAt = known.expiresAt === undefined ? undefined : new Date(known.expiresAt)
  return isRenewalDue(expiresAt, expirySeconds, now) ? 'expiring' : undefined
}

/** What nothing is stored of is judged by what the list claims: the look that follows verifies it. */
function reasonByList(
  known: ProfileState | undefined,
  leafSha256: string,
  listed: readonly Descriptor[],
): DueReason | undefined {
  if (known !== undefined)
    return listed.some(({ digest }) => digest === known.manifestDigest) ? undefined : 'not-listed'
  // Even one that may be ours: whether it has this profile only its envelope tells.
  const claims = listed.map(claimedLeafThumbprint)
  return claims.length > 0 && !claims.includes(leafSha256) && !claims.includes(undefined)
    ? 'certificate-replaced'
    : 'unsigned'
}

/**
 * Children are looked at by the index's look: one that is due has the whole index looked at.
 *
 * @param depth - indexes above the children
 */
async function findDueChild(
  rules: readonly SigningRule[],
  { children }: SubjectManifest,
  { registry: host, repository }: Subject,
  depth: number,
  deps: DueDeps,
): Promise<Due | undefined> {
  if (rules.length === 0 || depth > MAX_INDEX_DEPTH) return undefined
  for (const { descriptor } of signedChildren(children)) {
    deps.onArtifact?.()
    const child = { registry: host, repository, digest: descriptor.digest }
    const state = await deps.engine.readState(child)
    const due = isSignedImage(state, descriptor)
      ? await findDueOf(rules, state, descriptor, child, deps)
      : await findDueByManifest(rules, state, child, depth, deps)
    if (due !== undefined) return due
  }
  return undefined
}

/** Then what it is need not be asked. */
function isSignedImage(state: SubjectState | undefined, { mediaType }: Descriptor): boolean {
  return !isImageIndex(mediaType) && Object.keys(state?.profiles ?? {}).length > 0
}

/** What was never signed may be no image, and what an index lists only its manifest tells. A state alone says neither. */
async function findDueByManifest(
  rules: readonly SigningRule[],
  state: SubjectState | undefined,
  child: Subject,
  depth: number,
  deps: DueDeps,
): Promise<Due | undefined> {
  if (isJustFailed(state, deps.world.now())) return undefined
  const manifest = await fetchChild(child, deps.registry)
  if (manifest === undefined) return undefined
  const named = { tags: [], isUntagged: false, parentRules: rules.map(({ name }) => name) }
  const wanted = wantedBy(manifest, named, child, deps.world)
  const due = await findDueOf(wanted.itself, state, manifest.descriptor, child, deps)
  return due ?? findDueChild(wanted.children, manifest, child, depth + 1, deps)
}

/** An index may list what is not there, or what nobody can read. */
async function fetchChild(
  child: Subject,
  registry: Registry,
): Promise<SubjectManifest | undefined> {
  try {
    return await fetchSubjectManifest(child, registry)
  } catch (cause) {
    if (isNotationError(cause, 'artifact-unknown', 'encoding-invalid')) return undefined
    throw cause
  }
}
