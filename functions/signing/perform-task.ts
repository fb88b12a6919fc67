// What the worker makes of a task of the queue. Whatever fails is an outcome.

import { isNotationError } from '../../shared/errors.ts'
import { MAX_UNKNOWN_ATTEMPTS } from '../limits.ts'
import { toNotationError } from '../problem.ts'
import { performSweepStep } from '../sweep/perform-sweep-step.ts'
import type { ReportMissing } from './actor.ts'
import type { PerformTask, SigningEngine } from './engine.ts'
import { outcomeOfFailure } from './retry.ts'
import { lookForSignature } from './signature-look.ts'
import { isOwnManifest, registryOfHost, type SigningWorld } from './signing-world.ts'
import { awaitsSignature } from './subject-state.ts'
import type { Look, TaskOutcome } from './task.ts'

/** What tasks are performed with. */
export interface PerformDeps {
  readonly readWorld: () => SigningWorld
  readonly reportMissing: ReportMissing
}

const SETTLED: TaskOutcome = { kind: 'settled', followUps: [] }

/** Creates what performs tasks. */
export function createTaskPerformer(deps: PerformDeps): PerformTask {
  return async (task, attempt, engine) => {
    try {
      return task.kind === 'sweep'
        ? await performSweepStep(task, attempt, engine, deps.readWorld())
        : await performLook(task, attempt, engine, deps)
    } catch (cause) {
      return outcomeOfFailure(toNotationError(cause), attempt)
    }
  }
}

async function performLook(
  look: Look,
  attempt: number,
  engine: SigningEngine,
  { readWorld, reportMissing }: PerformDeps,
): Promise<TaskOutcome> {
  const world = readWorld()
  const digest = look.digest ?? (await resolveTag(look, attempt, world, reportMissing))
  // Our own signatures: the registry tells of them as of everything else.
  if (digest === undefined || isOwnManifest(digest, world.memory)) return SETTLED
  const { registry, repository } = look
  const reply = await engine.ask({ registry, repository, digest }, { kind: 'look', look, attempt })
  if (reply.kind !== 'looked') return SETTLED
  if (reply.signatureOf === undefined) return reply.outcome
  return lookAtSubject(look, reply.signatureOf, engine)
}

/**
 * A registry may be behind its own event: it is asked as often as for an image that is not there.
 *
 * @returns undefined for a tag that is gone
 */
async function resolveTag(
  look: Look,
  attempt: number,
  world: SigningWorld,
  reportMissing: ReportMissing,
): Promise<string | undefined> {
  const { registry, repository, tag } = look
  if (tag === undefined) return undefined
  try {
    const { digest } = await registryOfHost(registry, world).resolve({ registry, repository, tag })
    return digest
  } catch (cause) {
    if (!isNotationError(cause, 'artifact-unknown') || attempt < MAX_UNKNOWN_ATTEMPTS) throw cause
    reportMissing(look, cause)
    return undefined
  }
}

/** A signature was pushed: it may be the one that a rule requires. */
async function lookAtSubject(
  look: Look,
  digest: string,
  engine: SigningEngine,
): Promise<TaskOutcome> {
  const subject = { registry: look.registry, repository: look.repository, digest }
  const state = await engine.readState(subject)
  if (state === undefined || !awaitsSignature(state)) return SETTLED
  return { kind: 'settled', followUps: [lookForSignature(subject, look)] }
}
