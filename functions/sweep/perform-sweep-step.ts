// One step of a sweep: a page of a catalogue, or a page of the tags of a repository. What it finds due is looked at as
// if it had just been pushed.

import { isNotationError, type NotationError } from '../../shared/errors.ts'
import type { Metrics } from '../metrics/metrics.ts'
import { toNotationError } from '../problem.ts'
import type { SigningEngine } from '../signing/engine.ts'
import { isPermanent, outcomeOfFailure } from '../signing/retry.ts'
import { registryOfHost, type SigningWorld } from '../signing/signing-world.ts'
import type { SweepStep, TaskOutcome } from '../signing/task.ts'
import { advance } from './sweep-position.ts'
import {
  MAX_DOCUMENT_ENTRIES,
  readRun,
  type StepFindings,
  type SweepError,
  type SweepPosition,
  type SweepRun,
  writeFinding,
  writeRun,
} from './sweep-run.ts'
import { sweepTags } from './sweep-tags.ts'
import { sweepUntagged } from './sweep-untagged.ts'

/** Attempts at one step: the next sweep comes soon, and other registries wait behind this one. */
const MAX_SWEEP_ATTEMPTS = 5
/** What is no fault of one repository. */
const OF_REGISTRIES = ['registry-unavailable', 'registry-timeout', 'registry-throttled'] as const
/** Of tags and repositories together, after which a sweep pauses: a registry has other clients. */
const BURST = 100
const PAUSE_SECONDS = 1
const SETTLED: TaskOutcome = { kind: 'settled', followUps: [] }

/**
 * Performs a step, and sends the next.
 *
 * A registry that cannot be reached has the step tried again; when it is given up, the run says so and goes on without
 * what the step was at.
 */
export async function performSweepStep(
  { run: id, step }: SweepStep,
  attempt: number,
  engine: SigningEngine,
  world: SigningWorld,
): Promise<TaskOutcome> {
  const run = await readRun(engine, id)
  // Forgotten; or done by a delivery of this step before, which may not have come to send the next.
  if (run === undefined) return SETTLED
  if (run.step !== step) return nextOf(run, PAUSE_SECONDS)
  try {
    return await end(run, await perform(run, engine, world), engine, world)
  } catch (cause) {
    const failure = toNotationError(cause)
    if (isNotationError(cause, 'queue-unavailable')) throw cause
    if (attempt < MAX_SWEEP_ATTEMPTS && !isPermanent(failure)) {
      // Else the next one would take the run for dead while this one waits.
      await writeRun(engine, { ...run, updatedAt: world.now().toISOString() })
      return outcomeOfFailure(failure, attempt)
    }
    const { code, message } = failure
    return end(
      run,
      { position: skipped(run, failure), errors: [{ ...placeOf(run), code, message }] },
      engine,
      world,
    )
  }
}

async function perform(
  run: SweepRun,
  engine: SigningEngine,
  world: SigningWorld,
): Promise<StepFindings> {
  const { registry, repositories } = run.position
  const [repository] = repositories
  if (registry !== undefined && repository !== undefined)
    return sweepTags({ registry, repository }, run, engine, world)
  if (isAtUntagged(run.position)) return sweepUntagged(run, engine, world)
  return advance(run.position, world.rules, (host) => registryOfHost(host, world))
}

function isThroughTags({ registry, registries }: SweepPosition): boolean {
  return registry === undefined && registries.length === 0
}

function isAtUntagged(position: SweepPosition): boolean {
  return isThroughTags(position) && position.untagged !== undefined
}

/** Sends the looks and stores what was found: a crash between the two has this step done again, and its looks are those. */
async function end(
  run: SweepRun,
  findings: StepFindings,
  engine: SigningEngine,
  world: SigningWorld,
): Promise<TaskOutcome> {
  const { position, looks = [] } = findings
  const isDone = isThroughTags(position) && position.untagged === undefined
  const step = run.step + 1
  // The looks first: were they lost, nobody would make them up before the next sweep.
  if (!run.dryRun && looks.length > 0) await engine.enqueue(looks)
  const next: SweepRun = {
    ...run,
    state: isDone ? 'done' : 'running',
    updatedAt: world.now().toISOString(),
    step,
    position,
    counts: {
      repositories: run.counts.repositories + (findings.repositories ?? 0),
      tags: run.counts.tags + (findings.tags ?? 0),
      due: run.counts.due + (findings.due?.length ?? 0),
      postponed: run.counts.postponed + (findings.postponed ?? 0),
    },
    due: capped(run.due, findings.due),
    orphanedTags: capped(run.orphanedTags, findings.orphanedTags),
    errors: withErrors(run.errors, findings.errors),
  }
  if (isDone && !run.dryRun) await writeFinding(engine, next)
  await writeRun(engine, next)
  if (!run.dryRun) measure(findings, world.deps.metrics)
  return nextOf(next, pauseBetween(run.counts, next.counts))
}

function measure(
  { tags = 0, due = [], orphanedTags = [], errors = [] }: StepFindings,
  metrics: Metrics | undefined,
): void {
  const found = [...due.map(({ reason }) => reason), ...orphanedTags.map(() => 'orphaned')]
  for (const finding of found) metrics?.count('stm_notary_sweep_tags_total', { finding })
  const inOrder = tags - found.length
  if (inOrder > 0) metrics?.count('stm_notary_sweep_tags_total', { finding: 'in-order' }, inOrder)
  for (const { code } of errors) metrics?.count('stm_notary_sweep_errors_total', { code })
}

function nextOf({ id, state, step }: SweepRun, delaySeconds: number): TaskOutcome {
  if (state === 'done') return SETTLED
  const task = { kind: 'sweep', run: id, step } as const
  return { kind: 'settled', followUps: [{ task, delaySeconds }] }
}

/**
 * Seconds that a sweep pauses after a step: thousands of repositories with a few tags each must not take a second each.
 *
 * @param before - counts of the run without the step
 * @param after - counts with it
 */
export function pauseBetween(before: SweepRun['counts'], after: SweepRun['counts']): number {
  const bursts = ({ tags, repositories }: SweepRun['counts']): number =>
    Math.floor((tags + repositories) / BURST)
  return bursts(after) > bursts(before) ? PAUSE_SECONDS : 0
}

/** Where a run goes on after a step that was given up. */
function skipped({ position }: SweepRun, failure: NotationError): SweepRun['position'] {
  if (isAtUntagged(position)) return { ...position, untagged: undefined }
  // A registry that is away is away for its other repositories too.
  if (isNotationError(failure, ...OF_REGISTRIES) && position.registry !== undefined)
    return {
      ...position,
      registry: undefined,
      repositories: [],
      lastTag: undefined,
      pageTag: undefined,
      catalogue: undefined,
    }
  const [, ...repositories] = position.repositories
  if (position.repositories.length > 0)
    return { ...position, repositories, lastTag: undefined, pageTag: undefined }
  const [registry, ...registries] = position.registries
  return position.registry === undefined && registry !== undefined
    ? { ...position, registries }
    : { ...position, registry: undefined, catalogue: undefined }
}

function placeOf({ position }: SweepRun): Pick<SweepError, 'registry' | 'repository'> {
  const registry = position.registry ?? position.registries[0] ?? ''
  const [repository] = position.repositories
  return repository === undefined ? { registry } : { registry, repository }
}

/** Each once, though every page may find it again; those of rules first, for there are fewer of them than repositories. */
function withErrors(
  before: readonly SweepError[],
  more: readonly SweepError[] = [],
): readonly SweepError[] {
  const all = [...before, ...more]
  const isFirst = (error: SweepError, i: number): boolean =>
    all.findIndex((other) => isSameError(other, error)) === i
  const each = all.filter(isFirst)
  return capped(
    each.filter(({ rule }) => rule !== undefined),
    each.filter(({ rule }) => rule === undefined),
  )
}

function isSameError(one: SweepError, other: SweepError): boolean {
  return (
    one.rule === other.rule &&
    one.registry === other.registry &&
    one.repository === other.repository &&
    one.code === other.code
  )
}

function capped<Entry>(before: readonly Entry[], more: readonly Entry[] = []): readonly Entry[] {
  return [...before, ...more].slice(0, MAX_DOCUMENT_ENTRIES)
}
