// What both engines are built around: the actor and the worker, over the world as it is set up now.

import type { Deps } from '../deps.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import { createActor, type ProfileReport, type ReportMissing } from './actor.ts'
import type { EngineHandlers } from './engine.ts'
import { createTaskPerformer } from './perform-task.ts'
import type { SigningMemory, SigningWorld } from './signing-world.ts'
import { formatRepository } from './subject.ts'
import type { Look } from './task.ts'

/** What the handlers need. */
export interface HandlerOptions {
  /** Read with each command, so that what was set up anew counts from the next one on. */
  readonly readDeps: () => Deps
  readonly readRules: () => SigningRules
  /** Lives as long as the process, or the isolate. */
  readonly memory: SigningMemory
}

/** Creates them. */
export function createSigningHandlers({
  readDeps,
  readRules,
  memory,
}: HandlerOptions): Pick<EngineHandlers, 'actor' | 'perform'> {
  const readWorld = (): SigningWorld => {
    const deps = readDeps()
    return { deps, rules: readRules(), memory, crypto: deps.crypto, now: deps.now }
  }
  const reportMissing: ReportMissing = (look, { code, message }) =>
    readDeps().audit({ ...about(look), outcome: code, message })
  return {
    actor: createActor({
      readWorld,
      report: (report) => {
        audit(report, readDeps())
        measure(report, readDeps())
      },
      reportMissing,
    }),
    perform: createTaskPerformer({ readWorld, reportMissing }),
  }
}

/** What became of the profile, and how long the artifact was without its signature. */
function measure({ order, result }: ProfileReport, { metrics, now }: Deps): void {
  const { failure, signature, resting, heardAt } = result
  const made = signature?.isNew === true ? 'signed' : 'standing'
  const outcome = failure?.code ?? resting?.state ?? made
  for (const rule of order.rules)
    metrics?.count('stm_notary_rule_signatures_total', { rule, outcome })
  if (signature?.isNew !== true || heardAt === undefined) return
  const seconds = (now().getTime() - Date.parse(heardAt)) / 1000
  metrics?.observe('stm_notary_push_to_signature_seconds', {}, Math.max(0, seconds))
}

/**
 * A line for each signature that a rule made, for each failure, and for each profile that comes to rest without one; what
 * stands or rests already is no news.
 */
function audit({ subject, look, order, result }: ProfileReport, deps: Deps): void {
  const { failure, signature, resting, notes } = result
  const entry = {
    ...notes,
    ...about({ ...look, digest: subject.digest }),
    keyId: order.profile.keyId,
    rules: order.rules.join(' '),
  }
  if (failure !== undefined)
    deps.audit({ ...entry, outcome: failure.code, message: failure.message })
  if (signature?.isNew === true) deps.audit({ ...entry, outcome: 'done' })
  if (resting?.isNew === true)
    deps.audit({ ...entry, outcome: resting.state, message: resting.message })
}

function about({ registry, repository, digest: artifactDigest, reason, source }: Look) {
  return {
    event: 'sign-by-rule',
    caller: undefined,
    repository: formatRepository({ registry, repository }),
    artifactDigest,
    reason,
    source,
  } as const
}
