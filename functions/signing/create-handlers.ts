// What both engines are built around: the actor and the worker, over the world as it is set up now.

import type { Deps } from '../deps.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import { createActor, type ProfileReport } from './actor.ts'
import type { EngineHandlers } from './engine.ts'
import { createTaskPerformer } from './perform-task.ts'
import type { SigningMemory, SigningWorld } from './signing-world.ts'
import { formatRepository } from './subject.ts'

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
  return {
    actor: createActor({
      readWorld,
      report: (report) => {
        audit(report, readDeps())
        measure(report, readDeps())
      },
    }),
    perform: createTaskPerformer({ readWorld }),
  }
}

/** What became of the profile, and how long the artifact was without its signature. */
function measure({ result }: ProfileReport, { metrics, now }: Deps): void {
  const { failure, signature, resting, heardAt } = result
  const made = signature?.isNew === true ? 'signed' : 'standing'
  const outcome = failure?.code ?? resting ?? made
  metrics?.count('stm_notary_rule_signatures_total', { outcome })
  if (signature?.isNew !== true || heardAt === undefined) return
  const seconds = (now().getTime() - Date.parse(heardAt)) / 1000
  metrics?.observe('stm_notary_push_to_signature_seconds', {}, Math.max(0, seconds))
}

/** A line for each signature that a rule made, and for each failure; what stood already is no news. */
function audit({ subject, look, order, result }: ProfileReport, deps: Deps): void {
  const { failure, signature, notes } = result
  if (failure === undefined && signature?.isNew !== true) return
  const about = {
    ...notes,
    repository: formatRepository(subject),
    artifactDigest: subject.digest,
    keyId: order.profile.keyId,
    rules: order.rules.join(' '),
    reason: look.reason,
    source: look.source,
  }
  const event = 'sign-by-rule'
  const caller = undefined
  if (failure === undefined) deps.audit({ event, caller, ...about, outcome: 'done' })
  else deps.audit({ event, caller, ...about, outcome: failure.code, message: failure.message })
}
