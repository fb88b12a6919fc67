// A page of what was pushed by digest alone, and which of it is due. No tag leads there: what is not known of it any more
// is not found.

import { isNotationError } from '../../shared/errors.ts'
import { toNotationError } from '../problem.ts'
import type { SigningEngine } from '../signing/engine.ts'
import { registryOfHost, type SigningWorld } from '../signing/signing-world.ts'
import { formatRepository, formatSubject, type Subject } from '../signing/subject.ts'
import type { Look } from '../signing/task.ts'
import { type Due, findDue } from './find-due.ts'
import { takeFromRotationBudget } from './rotation-budget.ts'
import { createRuleLeaves } from './rule-leaves.ts'
import type { StepFindings, SweepError, SweepRun } from './sweep-run.ts'

/** Of a step: each may be an index with a dozen children, and platforms allow an invocation a thousand requests. */
const PAGE = 24
/** Registries have other clients. */
const CONCURRENT_SUBJECTS = 8

interface SweptSubject {
  readonly subject: Subject
  readonly due?: Due
  readonly error?: SweepError
}

/**
 * Sweeps the page that a run has come to. A registry that is away is an error of the run: the next one finds what is there.
 *
 * @throws {NotationError} `queue-unavailable`
 */
export async function sweepUntagged(
  { position, dryRun }: SweepRun,
  engine: SigningEngine,
  world: SigningWorld,
): Promise<StepFindings> {
  const { subjects, next } = await engine.listUntagged({ limit: PAGE, ...position.untagged })
  const leaves = createRuleLeaves(world)
  const wanted = subjects.filter((subject) => isNamed(subject, world))
  const found: SweptSubject[] = []
  for (let i = 0; i < wanted.length; i += CONCURRENT_SUBJECTS) {
    const some = wanted.slice(i, i + CONCURRENT_SUBJECTS)
    const swept = some.map((subject) => sweepSubject(subject, leaves.find, engine, world))
    found.push(...(await Promise.all(swept)))
  }
  const due = found.filter((swept) => swept.due !== undefined)
  const { admitted, postponed } = await takeFromRotationBudget(due, dryRun, engine, world.now())
  const faults = [...leaves.faults].map(([rule, { code, message }]) => ({
    rule,
    registry: registryNamedBy(rule, wanted, world),
    code,
    message,
  }))
  return {
    position: { ...position, untagged: next === undefined ? undefined : { after: next } },
    tags: wanted.length,
    due: due.map(({ subject, due: found }) => ({
      reference: formatSubject(subject),
      reason: found?.reason ?? 'unsigned',
    })),
    postponed,
    errors: [...found.flatMap(({ error }) => error ?? []), ...faults],
    looks: admitted.map(({ subject }) => ({ task: lookAt(subject, world.now()) })),
  }
}

function isNamed(subject: Subject, { rules: { rules } }: SigningWorld): boolean {
  const repository = formatRepository(subject)
  return rules.some((rule) => rule.untagged && rule.matchesRepository(repository))
}

/** The first of them: a fault of a rule is told of once. */
function registryNamedBy(
  name: string,
  subjects: readonly Subject[],
  { rules: { rules } }: SigningWorld,
): string {
  const rule = rules.find((candidate) => candidate.name === name)
  const subject = subjects.find((one) => rule?.matchesRepository(formatRepository(one)))
  return subject?.registry ?? ''
}

async function sweepSubject(
  subject: Subject,
  findLeaf: ReturnType<typeof createRuleLeaves>['find'],
  engine: SigningEngine,
  world: SigningWorld,
): Promise<SweptSubject> {
  try {
    const registry = registryOfHost(subject.registry, world)
    const descriptor = await registry.resolve(subject)
    const deps = { registry, engine, world, findLeaf }
    const due = await findDue(subject, { descriptor, tag: undefined }, deps)
    return due === undefined ? { subject } : { subject, due }
  } catch (cause) {
    if (isNotationError(cause, 'queue-unavailable')) throw cause
    // Deleted meanwhile, or a manifest that nobody can read.
    if (isNotationError(cause, 'artifact-unknown', 'encoding-invalid')) return { subject }
    const { code, message } = toNotationError(cause)
    const { registry, repository } = subject
    return { subject, error: { registry, repository, code, message } }
  }
}

function lookAt({ registry, repository, digest }: Subject, now: Date): Look {
  return {
    kind: 'look',
    registry,
    repository,
    digest,
    reason: 'sweep',
    heardAt: now.toISOString(),
  }
}
