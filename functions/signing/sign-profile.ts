// One profile of one subject, from wherever it stands to COMPLETE: the steps in their order, each stored before
// the next, so that a crash repeats one step and spends at most one signature.

import { encodeBase64 } from '../../shared/base64.ts'
import { toHex } from '../../shared/bytes.ts'
import type { SignedContent } from '../../shared/envelope/verify-integrity.ts'
import { NotationError } from '../../shared/errors.ts'
import type { SigningKey } from '../../shared/signer.ts'
import type { RestingState } from '../audit.ts'
import { MAX_CALLERS_PROFILE_CHARACTERS, MAX_CALLERS_PROFILES } from '../limits.ts'
import { isErrorCode, toNotationError } from '../problem.ts'
import { publishSignature } from '../publish-signature.ts'
import type { Notes, StandingSignature } from './actor-command.ts'
import { keepFailure } from './failed-profile.ts'
import { makeEnvelope, usableProgress } from './make-envelope.ts'
import {
  entryOf,
  type ProfileOrder,
  type SigningTarget,
  saveEntry,
  type Work,
  withoutReason,
} from './profile-work.ts'
import { isTimestampedBy, rememberManifest, type SigningWorld, signerOf } from './signing-world.ts'
import { isSpentInVain, NOTHING_SPENT, type Spending } from './spent-signatures.ts'
import { findStandingSignature } from './standing-signature.ts'
import type { SubjectRecord } from './subject-record.ts'
import { awaitsSignature } from './subject-state.ts'
import { listAgain } from './unlisted-signature.ts'

/** Why nothing is made. */
export interface RestingProfile {
  readonly state: RestingState
  readonly message: string
  /** False where it rested so before. */
  readonly isNew: boolean
}

/** How it ended. */
export interface ProfileResult {
  readonly signature?: StandingSignature
  readonly failure?: NotationError
  /** Whether no further attempt is made, however few were. */
  readonly isGivenUp?: boolean
  /** Where nothing was made, and nothing failed. */
  readonly resting?: RestingProfile
  /** When it was first heard of the push that the signature is made for, RFC 3339. */
  readonly heardAt?: string
  readonly notes: Notes
}

/** Signs with one profile. It throws only where the state cannot be stored. */
export async function signProfile(
  order: ProfileOrder,
  target: SigningTarget,
  record: SubjectRecord,
  world: SigningWorld,
): Promise<ProfileResult> {
  let notes: Notes = {}
  const work = {
    order,
    target,
    record,
    world,
    note: (more: Notes) => {
      notes = { ...notes, ...more }
    },
  }
  const before = record.state().profiles[order.id]
  const { heardAt } = entryOf(work)
  try {
    const signature = await bringToRest(work)
    if (signature !== undefined)
      return { signature, notes, ...(heardAt === undefined ? {} : { heardAt }) }
    const { state, message = '' } = entryOf(work)
    const resting = state === 'WAITING' ? 'waiting' : 'held'
    return { resting: { state: resting, message, isNew: state !== before?.state }, notes }
  } catch (cause) {
    if (record.isLost()) throw cause
    const failure = toNotationError(cause)
    const isLastAttempt = isGivenUp(before?.spending, work)
    await keepFailure(work, before, failure)
    return { failure, isGivenUp: isLastAttempt, notes }
  }
}

/** The steps. */
async function bringToRest(work: Work): Promise<StandingSignature | undefined> {
  const { order, target, world } = work
  refuseOneMore(work)
  const key = await signerOf(world, work.note).describeKey(order.profile.keyId)
  const leafSha256 = await leafThumbprint(key, world)
  const standing = await findStanding(key, leafSha256, work)
  if (standing !== undefined) return standing
  const progress = usableProgress(entryOf(work), leafSha256, world.now())
  if (progress === undefined) refuseToSpendMore(work)
  const { leafSha256: before = leafSha256 } = entryOf(work)
  const replaces = before === leafSha256 ? 'nothing' : 'replaced-certificate'
  const resting = progress === undefined ? await order.admit(replaces) : undefined
  if (resting !== undefined) {
    await saveEntry(work, { ...withoutReason(entryOf(work)), ...resting })
    return undefined
  }
  const { signed, signingTime } = await makeEnvelope({ key, leafSha256 }, progress, work)
  const { mediaType, envelope, content } = signed
  const { manifestDigest } = await publishSignature(target.registry, {
    repository: target.subject.repository,
    subject: target.descriptor,
    mediaType,
    envelope,
    chain: content.chain,
    createdAt: signingTime,
    // What another profile waits for may be this signature: then the event of it is of use.
    onManifest: (digest) => {
      if (!awaitsSignature(work.record.state())) rememberManifest(digest, world.memory)
    },
  })
  work.note({ manifestDigest })
  await complete(work, manifestDigest, leafSha256, content.attributes.expiry)
  return { mediaType, envelope: encodeBase64(envelope), manifestDigest, isNew: true }
}

/** Of callers: what rules want is bounded by the rules. @throws {NotationError} `request-invalid` */
function refuseOneMore({ order, record }: Work): void {
  const { profiles } = record.state()
  const count = Object.keys(profiles).length
  if (order.rules.length > 0 || profiles[order.id] !== undefined) return
  const isTooLong = JSON.stringify(profiles).length > MAX_CALLERS_PROFILE_CHARACTERS
  if (count < MAX_CALLERS_PROFILES && !isTooLong) return
  const found = isTooLong
    ? 'its signing profiles have too much user metadata already'
    : `it has ${count} signing profiles already`
  const remedy = 'ask for one of those, as /v1/signing-status lists them'
  throw new NotationError('request-invalid', `Cannot sign this artifact: ${found}; ${remedy}`)
}

/** What failed before it came to a request says nothing about requests, but for one that was given up already. */
function isGivenUp(before: Spending = NOTHING_SPENT, work: Work): boolean {
  const { spending = NOTHING_SPENT } = entryOf(work)
  return isSpentInVain(spending) && (work.order.isRepeated || spending.lost > before.lost)
}

/** Another profile may be worth another attempt at the look that this one was given up in. */
function refuseToSpendMore(work: Work): void {
  const { spending, code, message } = entryOf(work)
  if (!work.order.isRepeated || !isSpentInVain(spending)) return
  const found = 'the last requests may have cost signatures, and none was received'
  throw new NotationError(
    code !== undefined && isErrorCode(code) ? code : 'signature-unaccounted',
    message ?? `Cannot ask for another signature: ${found}`,
  )
}

async function findStanding(
  key: SigningKey,
  leafSha256: string,
  work: Work,
): Promise<StandingSignature | undefined> {
  const { order, target, world } = work
  const { profile } = order
  const [leaf = new Uint8Array()] = key.chain
  const { manifestDigest: knownManifestDigest } = entryOf(work)
  const { descriptor, registry, subject } = target
  const sought = { descriptor, profile, leaf, leafSha256, knownManifestDigest }
  const listed = await target.listSignatures()
  const deps = {
    registry,
    repository: subject.repository,
    crypto: world.crypto,
    now: world.now,
    isTimestamped: (content: SignedContent, authority: string) =>
      isTimestampedBy(authority, content, world),
  }
  const found =
    (await findStandingSignature(sought, listed, deps)) ?? (await listAgain(sought, listed, deps))
  if (found === undefined) return undefined
  const { content, ...signature } = found
  await complete(work, found.manifestDigest, leafSha256, content.attributes.expiry)
  return { ...signature, isNew: false }
}

async function complete(
  work: Work,
  manifestDigest: string,
  leafSha256: string,
  expiresAt: Date | undefined,
): Promise<void> {
  const before = entryOf(work)
  const { progress: _, expiresAt: __, heardAt: ___, ...kept } = withoutReason(before)
  const expiry = expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }
  const standsSince = before.manifestDigest === manifestDigest ? before.completedAt : undefined
  await saveEntry(work, {
    ...kept,
    ...expiry,
    state: 'COMPLETE',
    manifestDigest,
    leafSha256,
    completedAt: standsSince ?? work.world.now().toISOString(),
  })
}

async function leafThumbprint({ chain }: SigningKey, { crypto }: SigningWorld): Promise<string> {
  const [leaf = new Uint8Array()] = chain
  return toHex(await crypto.digest('SHA-256', leaf))
}
