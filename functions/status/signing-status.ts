// GET /v1/signing-status: how far the signatures of an artifact are, one entry for each signing profile.

import { NotationError } from '../../shared/errors.ts'
import { withRoom } from '../capacity.ts'
import type { Deps } from '../deps.ts'
import type { Exchange } from '../exchange.ts'
import { MAX_REFERENCE_CHARACTERS, MAX_STATUS_WAIT_SECONDS } from '../limits.ts'
import { detailOf } from '../problem.ts'
import { readReference, registryOf, repositoryOf } from '../registries.ts'
import { readQuery } from '../request-query.ts'
import type { SigningEngine } from '../signing/engine.ts'
import { signingOf } from '../signing/signing.ts'
import { formatSubject, type Subject } from '../signing/subject.ts'
import type { ProfileState, SigningState, SubjectState } from '../signing/subject-state.ts'
import { authorizeSight } from './visible-repository.ts'

/** States that change by themselves. */
const MOVING: readonly SigningState[] = ['PENDING', 'SIGNING']

/** A look that changes nothing wakes nobody: whether it is over is asked so often. */
const AWAITED_MS = 1000

/** `GET /v1/signing-status?reference=&wait=`. */
export async function showSigningStatus(exchange: Exchange): Promise<object> {
  const { request, caller, deps, note } = exchange
  const { reference: text, wait } = readQuery(request, ['reference', 'wait'])
  if (text === undefined || text.length > MAX_REFERENCE_CHARACTERS)
    throw invalid(`"reference" is missing, or longer than ${MAX_REFERENCE_CHARACTERS} characters`)
  const waitMs = readWait(wait) * 1000
  const reference = readReference(text)
  const repository = repositoryOf(reference)
  note({ repository })
  authorizeSight(caller, repository)
  const { engine } = signingOf(deps)
  const digest = reference.digest ?? (await registryOf(reference, deps).resolve(reference)).digest
  note({ artifactDigest: digest })
  const subject = { registry: reference.registry, repository: reference.repository, digest }
  const { state, isAwaited } = await findProgress(
    { subject, tag: reference.tag },
    waitMs,
    engine,
    deps,
  )
  return {
    artifact: { reference: formatSubject(subject) },
    ...(isAwaited ? { state: 'PENDING' } : {}),
    ...(state?.problem === undefined ? {} : reasonOf(state.problem)),
    signatures: Object.values(state?.profiles ?? {}).map(describeProfile),
  }
}

/** What is asked about. */
interface Question {
  readonly subject: Subject
  /** That the reference named. */
  readonly tag: string | undefined
}

/** How far an artifact is. */
interface Progress {
  readonly state: SubjectState | undefined
  /** Whether a look is to come that nothing in `state` speaks of yet. */
  readonly isAwaited: boolean
}

function readWait(text = '0'): number {
  const seconds = Number(text)
  if (/^[0-9]{1,3}$/.test(text) && seconds <= MAX_STATUS_WAIT_SECONDS) return seconds
  throw invalid(`"wait" is not a number of seconds from 0 to ${MAX_STATUS_WAIT_SECONDS}`)
}

/** Waits, where there is room to, until nothing is to change by itself. Without room the answer comes at once. */
async function findProgress(
  question: Question,
  waitMs: number,
  engine: SigningEngine,
  { capacity }: Deps,
): Promise<Progress> {
  const progress = await readProgress(question, engine)
  if (waitMs === 0 || isAtRest(progress)) return progress
  try {
    return await withRoom('wait', { capacity }, () =>
      untilAtRest(question, progress, waitMs, engine),
    )
  } catch (cause) {
    if (cause instanceof NotationError && cause.code === 'too-busy') return progress
    throw cause
  }
}

async function untilAtRest(
  question: Question,
  first: Progress,
  waitMs: number,
  engine: SigningEngine,
): Promise<Progress> {
  const deadline = performance.now() + waitMs
  let progress = first
  while (!isAtRest(progress)) {
    const leftMs = deadline - performance.now()
    if (leftMs <= 0) break
    const restMs = progress.isAwaited ? Math.min(leftMs, AWAITED_MS) : leftMs
    await engine.waitForChange(question.subject, progress.state?.updatedAt, restMs)
    progress = await readProgress(question, engine)
  }
  return progress
}

async function readProgress({ subject, tag }: Question, engine: SigningEngine): Promise<Progress> {
  // The look first: one that ends meanwhile has written its state before.
  const look = await engine.findLook(subject, tag)
  const state = await engine.readState(subject)
  // One at work writes its first state once it has decided what to sign.
  return { state, isAwaited: look === 'queued' || (look === 'active' && isEmpty(state)) }
}

/** What nobody has heard of may still be told of. */
function isAtRest({ state, isAwaited }: Progress): boolean {
  if (isAwaited || state === undefined || isEmpty(state)) return false
  return !Object.values(state.profiles).some((profile) => MOVING.includes(profile.state))
}

function isEmpty(state: SubjectState | undefined): boolean {
  if (state === undefined) return true
  return Object.keys(state.profiles).length === 0 && state.problem === undefined
}

function describeProfile({
  progress: _,
  heardAt: __,
  spending: ___,
  leafSha256,
  code,
  message,
  ...shown
}: ProfileState): object {
  const reason = code === undefined ? {} : reasonOf({ code, message: message ?? '' })
  const leaf = leafSha256 === undefined ? {} : { certificateSha256: leafSha256 }
  return { ...shown, ...leaf, ...reason }
}

function reasonOf({ code, message }: { readonly code: string; readonly message: string }): object {
  return { code, message: detailOf(code, message) }
}

function invalid(found: string): NotationError {
  return new NotationError('request-invalid', `Cannot show the status: ${found}`)
}
