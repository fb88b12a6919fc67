// Starts a sweep: backfill, rotation, renewal and repair of everything that the rules name.

import type { SigningRules } from '../rules/signing-rule.ts'
import type { SigningEngine } from '../signing/engine.ts'
import type { FollowUp } from '../signing/task.ts'
import { beginRun, readRun, STALE_RUN_MS, type SweepRun } from './sweep-run.ts'

/** What a sweep is started with. */
export interface SweepStart {
  readonly engine: SigningEngine
  readonly rules: SigningRules
  readonly now: () => Date
  /** Says what is due, and has nothing signed. */
  readonly dryRun: boolean
}

/**
 * Starts a sweep, or gives the one that is under way.
 *
 * @throws {NotationError} `queue-unavailable`
 */
export async function startSweep({ engine, rules, now, dryRun }: SweepStart): Promise<SweepRun> {
  const latest = await readRun(engine)
  if (
    latest?.state === 'running' &&
    now().getTime() - Date.parse(latest.updatedAt) < STALE_RUN_MS
  ) {
    // Its step may never have been sent. A step that waits or was performed is no second time.
    await engine.enqueue([stepOf(latest)])
    return latest
  }
  const registries = rules.rules.flatMap(({ repositories }) => repositories.map(hostOf))
  const startedAt = now().toISOString()
  const run: SweepRun = {
    id: crypto.randomUUID(),
    dryRun,
    state: 'running',
    startedAt,
    updatedAt: startedAt,
    step: 0,
    position: {
      registry: undefined,
      repositories: [],
      catalogue: undefined,
      registries: [...new Set(registries)],
      untagged: rules.rules.some(({ untagged }) => untagged) ? {} : undefined,
    },
    counts: { repositories: 0, tags: 0, due: 0, postponed: 0 },
    due: [],
    orphanedTags: [],
    errors: [],
  }
  await beginRun(engine, run)
  await engine.enqueue([stepOf(run)])
  return run
}

function stepOf({ id, step }: SweepRun): FollowUp {
  return { task: { kind: 'sweep', run: id, step } }
}

function hostOf(repository: string): string {
  return repository.slice(0, repository.indexOf('/'))
}
