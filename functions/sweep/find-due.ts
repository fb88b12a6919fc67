// Whether an artifact under a tag has to be looked at: what its rules want beside what stands. Nothing is signed
// and no state is written; the look decides for itself.

import type { Descriptor } from '../../shared/descriptor.ts'
import type { Registry } from '../../shared/registry/client.ts'
import { claimedLeafThumbprint } from '../../shared/registry/signature-manifest.ts'
import { explainRules } from '../rules/match-rules.ts'
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
}

/** A profile that was given up is tried again after this: sooner nothing would be different, and somebody may replay it. */
const FAILED_RETRY_MS = 3600 * 1000

/**
 * Whether an artifact, found under a tag, has to be looked at.
 *
 * @throws {NotationError} the codes of registry and signer
 */
export async function findDue(
  subject: Subject,
  tag: string,
  deps: DueDeps,
): Promise<Due | undefined> {
  const { registry, engine, world } = deps
  const manifest = await fetchSubjectManifest(subject, registry)
  const wanted = explainRules(world.rules, {
    repository: formatRepository(subject),
    tags: [tag],
    isUntagged: false,
    parentRules: [],
    isReferrer: manifest.subjectDigest !== undefined || manifest.isStatement,
    isIndex: manifest.isIndex,
    artifactType: manifest.artifactType,
  }).filter((decision) => decision.applies)
  const itself = wanted.filter(({ signsItself }) => signsItself).map(({ rule }) => rule)
  const state = itself.length === 0 ? undefined : await engine.readState(subject)
  const due = await findDueOf(itself, state, manifest.descriptor, subject, deps)
  if (due !== undefined) return due
  const ofChildren = wanted.filter(({ signsChildren }) => signsChildren).map(({ rule }) => rule)
  return ofChildren.length === 0 ? undefined : findDueChild(ofChildren, manifest, subject, deps)
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
  if (known?.state !== 'FAILED') return false
  return now.getTime() - Date.parse(known.updatedAt) < FAILED_RETRY_MS
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

/** Children are signed by the index's look: one that is due has the whole index looked at. */
async function findDueChild(
  rules: readonly SigningRule[],
  { children }: SubjectManifest,
  { registry, repository }: Subject,
  deps: DueDeps,
): Promise<Due | undefined> {
  for (const { descriptor } of signedChildren(children)) {
    const child = { registry, repository, digest: descriptor.digest }
    const state = await deps.engine.readState(child)
    // A child that is no image has no profile, and has been looked at.
    if (state !== undefined && Object.keys(state.profiles).length === 0) continue
    const due = await findDueOf(rules, state, descriptor, child, deps)
    if (due !== undefined) return due
  }
  return undefined
}
