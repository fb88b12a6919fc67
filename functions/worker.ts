// Entry of the API on Cloudflare Workers: requests, messages of the signing queue, the schedule, and the classes of
// the Durable Objects. Every export is a handler to the runtime.

import type { NotationError } from '../shared/errors.ts'
import { webCrypto } from '../shared/web-crypto.ts'
import { createApp } from './app.ts'
import { problemResponse, toNotationError } from './problem.ts'
import { createSigningHandlers } from './signing/create-handlers.ts'
import type { EngineHandlers } from './signing/engine.ts'
import { createSigningMemory } from './signing/signing-world.ts'
import { startSweep } from './sweep/start-sweep.ts'
import { createAnonymousLimit } from './worker/anonymous-limit.ts'
import { type Bindings, createWorkerDeps, log } from './worker/deps.ts'
import { type PresentBindings, signingBindings } from './worker/queue/bindings.ts'
import type { MessageBatch } from './worker/queue/platform.ts'
import {
  createQueueEngine,
  keepDeadLetters,
  ledgerOf,
  performBatch,
  putOffBatch,
  untaggedListOf,
} from './worker/queue/queue-engine.ts'
import { createSigningActorClass } from './worker/queue/signing-actor.ts'
import { senderOf } from './worker/sender.ts'

export { SigningDirectory } from './worker/queue/signing-directory.ts'

/** Messages that the platform itself gave up come from the queue of this name; wrangler.signing.toml says so too. */
const DEAD_LETTER_QUEUE = 'notation-signing-dead'
/**
 * Of the isolate. Objects of it may be evicted in the midst of anything, and would take their place in a gate with them:
 * how many signature requests there are at once is the queue's concern, see wrangler.signing.toml.
 */
const MEMORY = createSigningMemory(Number.POSITIVE_INFINITY)

export default {
  async fetch(request: Request, bindings: Bindings): Promise<Response> {
    try {
      const deps = await createWorkerDeps(bindings)
      const admitAnonymous = createAnonymousLimit(bindings, request)
      return await createApp({ ...deps, admitAnonymous }).fetch(request, senderOf(request))
    } catch (cause) {
      return problemResponse(logError(cause))
    }
  },

  async queue(batch: MessageBatch, bindings: Bindings): Promise<void> {
    const present = presentBindings(bindings)
    if (batch.queue === DEAD_LETTER_QUEUE) return keepDeadLetters(batch, present)
    try {
      const { perform } = await createHandlers(bindings)
      await performBatch(batch, present, createQueueEngine(present, webCrypto), perform)
    } catch (cause) {
      logError(cause)
      putOffBatch(batch, cause)
    }
  },

  async scheduled(_: unknown, bindings: Bindings): Promise<void> {
    const { signing, now } = await createWorkerDeps(bindings)
    if (signing === undefined || signing.rules.rules.length === 0) return
    await startSweep({ ...signing, now, dryRun: false })
  },
}

/** The Durable Object of one artifact. */
export const SigningActor = createSigningActorClass<Bindings>(async (bindings) => ({
  actor: (await createHandlers(bindings)).actor,
  ledger: ledgerOf(presentBindings(bindings)),
  untagged: untaggedListOf(presentBindings(bindings), webCrypto),
}))

function logError(cause: unknown): NotationError {
  const error = toNotationError(cause)
  const { code: outcome, message } = error
  log({ event: 'error', caller: undefined, outcome, message })
  return error
}

/** As bindings and documents say now. */
async function createHandlers(
  bindings: Bindings,
): Promise<Pick<EngineHandlers, 'actor' | 'perform'>> {
  const deps = await createWorkerDeps(bindings)
  return createSigningHandlers({
    readDeps: () => deps,
    readRules: () => deps.signing?.rules ?? { rules: [] },
    memory: MEMORY,
  })
}

/** The platform sends messages only where all of them are bound. */
function presentBindings(bindings: Bindings): PresentBindings {
  const present = signingBindings(bindings)
  if (present === undefined) throw new Error('a message came, and nothing signs by itself here')
  return present
}
