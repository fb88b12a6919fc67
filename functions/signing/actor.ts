// The actor of one subject: what a look or a caller asks for, step by step. One at a time for each subject.

import type { Descriptor } from '../../shared/descriptor.ts'
import { isNotationError, NotationError } from '../../shared/errors.ts'
import type { Registry } from '../../shared/registry/client.ts'
import { MAX_UNKNOWN_ATTEMPTS } from '../limits.ts'
import { toNotationError } from '../problem.ts'
import type { ActorCommand, ActorReply, Notes } from './actor-command.ts'
import type { Actor, ActorContext } from './engine.ts'
import { profileId } from './profile.ts'
import type { ProfileOrder, SigningTarget } from './profile-work.ts'
import { isFinal, outcomeOfFailure } from './retry.ts'
import { type ProfileResult, signProfile } from './sign-profile.ts'
import { lookForSignature } from './signature-look.ts'
import { registryOfHost, type SigningWorld } from './signing-world.ts'
import type { Subject } from './subject.ts'
import { fetchSubjectManifest, type SubjectManifest } from './subject-manifest.ts'
import { openSubjectRecord, type SubjectRecord } from './subject-record.ts'
import type { ProfileRequest } from './subject-state.ts'
import type { FollowUp, Look, TaskOutcome } from './task.ts'
import { settleGone } from './unwanted-profiles.ts'
import { decideByRules, type WantedChild } from './wanted-profiles.ts'

/** What commands are carried out with. */
export interface ActorDeps {
  /** The world as it is set up now. */
  readonly readWorld: () => SigningWorld
  /** Told how each profile of a look ended, for the audit log and the metrics. */
  readonly report: (report: ProfileReport) => void
  /** See ReportMissing. */
  readonly reportMissing: ReportMissing
}

/** How one profile of one look ended. */
export interface ProfileReport {
  readonly subject: Subject
  readonly look: Look
  readonly order: Pick<ProfileOrder, 'profile' | 'rules'>
  readonly result: ProfileResult
}

/** Told of a look at what the registry does not have, when it is given up. */
export type ReportMissing = (look: Look, failure: NotationError) => void

/** Creates the actor. */
export function createActor(deps: ActorDeps): Actor {
  return async (command, context) => {
    const world = deps.readWorld()
    const record = await openSubjectRecord(context.subject, context.store, world.now)
    return command.kind === 'look'
      ? look(command, { ...context, world, record, deps })
      : sign(command.profile, { ...context, world, record, deps })
  }
}

interface Scene extends ActorContext {
  readonly world: SigningWorld
  readonly record: SubjectRecord
  readonly deps: ActorDeps
}

/** Signs what the rules want signed. */
async function look(
  { look, attempt }: Extract<ActorCommand, { kind: 'look' }>,
  scene: Scene,
): Promise<ActorReply> {
  const { subject, record, world } = scene
  record.addHint(look)
  try {
    const registry = registryOfHost(subject.registry, world)
    const manifest = await findSubjectManifest(subject, registry)
    if (manifest instanceof NotationError)
      return { kind: 'looked', outcome: await lookAtNothing(manifest, look, attempt, scene) }
    if (manifest.subjectDigest !== undefined)
      return { kind: 'looked', outcome: SETTLED, signatureOf: manifest.subjectDigest }
    if (manifest.isStatement) return { kind: 'looked', outcome: SETTLED }
    const outcome = await carryOut(manifest, registry, look, attempt, scene)
    await record.keepHints()
    return { kind: 'looked', outcome }
  } catch (cause) {
    if (record.isLost()) throw cause
    const failure = toNotationError(cause)
    const { code, message } = failure
    const heard = isFinal(failure, attempt) ? {} : firstHeard(look, record)
    await record.setProblem({ code, message, ...heard })
    await record.keepHints()
    return { kind: 'looked', outcome: outcomeOfFailure(failure, attempt) }
  }
}

/** @returns `artifact-unknown` as a value: it says nothing is there, not that looking failed */
async function findSubjectManifest(
  subject: Subject,
  registry: Registry,
): Promise<SubjectManifest | NotationError> {
  try {
    return await fetchSubjectManifest(subject, registry)
  } catch (cause) {
    if (isNotationError(cause, 'artifact-unknown')) return cause
    throw cause
  }
}

/**
 * A registry may be behind its own event; after a while it is taken at its word. Of what never was there nothing is stored,
 * and nobody is to replay it: whoever pushes it tells of it.
 */
async function lookAtNothing(
  failure: NotationError,
  look: Look,
  attempt: number,
  { subject, record, deps }: Scene,
): Promise<TaskOutcome> {
  const { code, message } = failure
  const isLast = attempt >= MAX_UNKNOWN_ATTEMPTS
  const heard = isLast ? {} : firstHeard(look, record)
  if (record.isStored()) await record.setProblem({ code, message, ...heard })
  if (!isLast) return outcomeOfFailure(failure, attempt)
  await settleGone(failure, record)
  deps.reportMissing({ ...look, digest: subject.digest }, failure)
  return SETTLED
}

/**
 * When it was first heard of the push that a look is for. An event that comes between two attempts overtakes the one that
 * waits, and nobody waits for what a sweep found or an operator replays.
 */
function firstHeard(
  { heardAt, reason, isReplayed }: Look,
  record: SubjectRecord,
): { readonly heardAt?: string } {
  const known = record.state().problem?.heardAt
  const own = reason === 'sweep' || isReplayed === true ? known : heardAt
  if (own === undefined) return {}
  return { heardAt: known !== undefined && known < own ? known : own }
}

const SETTLED: TaskOutcome = { kind: 'settled', followUps: [] }

async function carryOut(
  manifest: SubjectManifest,
  registry: Registry,
  look: Look,
  attempt: number,
  scene: Scene,
): Promise<TaskOutcome> {
  const { subject, record, world } = scene
  const target = targetOf(subject, manifest.descriptor, registry)
  const isFresh = look.reason === 'event' && attempt < MAX_UNKNOWN_ATTEMPTS
  const awaitedTag = isFresh ? look.tag : undefined
  const decision = await decideByRules(manifest, target, { ...scene, awaitedTag })
  const heard = firstHeard(look, record)
  await record.setProblem(decision.problem)
  for (const { order, message } of decision.superseded) {
    const result = { resting: { state: 'superseded', message, isNew: true }, notes: {} } as const
    scene.deps.report({ subject, look, order, result })
  }
  const failures: Failure[] = []
  let isNewlyWaiting = false
  for (const decided of decision.orders) {
    const order = { ...decided, ...heard, isRepeated: attempt > 1 }
    const result = await signProfile(order, target, record, world)
    scene.deps.report({ subject, look, order, result })
    const { failure, resting } = result
    isNewlyWaiting ||= resting?.state === 'waiting' && resting.isNew
    if (failure === undefined) continue
    const isGivenUp = result.isGivenUp === true || isFinal(failure, attempt)
    failures.push({ failure, isGivenUp })
    if (isGivenUp) await giveUp(order, record)
  }
  const followUps = [
    ...childLooks(decision.children, look, subject),
    // What was pushed before it was stored that this one waits told nobody: it is looked for once more.
    ...(isNewlyWaiting ? [lookForSignature(subject, look)] : []),
  ]
  const [first] = failures.toSorted((a, b) => Number(a.isGivenUp) - Number(b.isGivenUp))
  // As long as one of them is worth another attempt the task is; the others then fail as they did.
  return first === undefined
    ? { kind: 'settled', followUps }
    : outcomeOfFailure(first.failure, attempt, followUps, first.isGivenUp)
}

/** Of one profile. */
interface Failure {
  readonly failure: NotationError
  readonly isGivenUp: boolean
}

function targetOf(subject: Subject, descriptor: Descriptor, registry: Registry): SigningTarget {
  let listed: Promise<readonly Descriptor[]> | undefined
  return {
    subject,
    descriptor,
    registry,
    listSignatures: () => {
      listed ??= collect(registry.listSignatures(subject.repository, descriptor))
      return listed
    },
  }
}

async function collect(manifests: AsyncIterable<Descriptor>): Promise<readonly Descriptor[]> {
  const collected: Descriptor[] = []
  for await (const manifest of manifests) collected.push(manifest)
  return collected
}

async function giveUp({ id }: ProfileOrder, record: SubjectRecord): Promise<void> {
  const entry = record.state().profiles[id]
  if (entry !== undefined && entry.state !== 'COMPLETE')
    await record.setProfile(id, { ...entry, state: 'FAILED' })
}

function childLooks(
  children: readonly WantedChild[],
  { heardAt, source, reason, isReplayed }: Look,
  { registry, repository, digest: parent }: Subject,
): readonly FollowUp[] {
  return children.map(({ digest, rules, depth, roots }) => ({
    task: {
      kind: 'look',
      registry,
      repository,
      digest,
      parent: { digest: parent, rules, depth, ...(roots.length === 0 ? {} : { roots }) },
      reason: reason === 'sweep' ? 'sweep' : 'parent',
      ...(isReplayed === undefined ? {} : { isReplayed }),
      ...(source === undefined ? {} : { source }),
      heardAt,
    },
  }))
}

/** Signs for a caller who may: no rule is asked. */
async function sign(profile: ProfileRequest, scene: Scene): Promise<ActorReply> {
  const { subject, record, world } = scene
  let notes: Notes = {}
  try {
    const registry = registryOfHost(subject.registry, world)
    const { descriptor } = await fetchSubjectManifest(subject, registry)
    const target = targetOf(subject, descriptor, registry)
    const id = await profileId(profile, world.crypto)
    const order = { id, profile, rules: [], isRepeated: false, admit: async () => undefined }
    const result = await signProfile(order, target, record, world)
    notes = result.notes
    if (result.failure !== undefined) throw result.failure
    if (result.signature !== undefined)
      return { kind: 'signed', signature: result.signature, notes }
    throw new NotationError('internal', 'Cannot sign: a signature was neither made nor refused')
  } catch (cause) {
    if (record.isLost()) throw cause
    const { code, message, retryAfterSeconds } = toNotationError(cause)
    const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
    return { kind: 'failed', code, message, ...retry, notes }
  }
}
