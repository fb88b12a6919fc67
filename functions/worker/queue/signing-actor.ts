// The Durable Object of one subject: its state, and its actor, one command after another.

import { DurableObject } from 'cloudflare:workers'
import type { ActorCommand, ActorReply } from '../../signing/actor-command.ts'
import type { Actor, SigningLedger } from '../../signing/engine.ts'
import type { Subject } from '../../signing/subject.ts'
import type { SubjectState } from '../../signing/subject-state.ts'

const TABLE =
  'CREATE TABLE IF NOT EXISTS subject (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL)'
const HAS_TABLE = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'subject'"
/** As long as the other engine keeps states. */
const STATE_RETENTION_MS = 90 * 24 * 3600 * 1000

/** How an object of a deployment comes to its actor and the budgets that all share. */
export interface ActorSurroundings {
  readonly actor: Actor
  readonly ledger: SigningLedger
  readonly untagged: UntaggedList
}

/** What was pushed by digest alone, for sweeps: nothing else tells that an object of it is there. */
export interface UntaggedList {
  readonly add: (subject: Subject) => Promise<void>
  readonly remove: (subject: Subject) => Promise<void>
}

/** What can be asked of a subject's object. */
export interface SigningActorMethods {
  ask(subject: Subject, command: ActorCommand): Promise<ActorReply>
  readState(): SubjectState | undefined
  waitForChange(since: string | undefined, timeoutMs: number): Promise<SubjectState | undefined>
}

/**
 * Makes the class: the runtime creates its objects, so that what they need is bound to the class.
 *
 * @param surround - called with the bindings for each command, so that what was set up anew counts
 */
export function createSigningActorClass<Env>(
  surround: (env: Env) => Promise<ActorSurroundings>,
): new (
  ctx: unknown,
  env: Env,
) => DurableObject<Env> & SigningActorMethods & { alarm(): Promise<void> } {
  return class SigningActor extends DurableObject<Env> implements SigningActorMethods {
    #last: Promise<unknown> = Promise.resolve()
    readonly #waiters = new Set<() => void>()

    ask(subject: Subject, command: ActorCommand): Promise<ActorReply> {
      // Other calls come in while one waits for the network: they wait for it here.
      const reply = this.#last.then(() => this.#act(subject, command))
      this.#last = reply.catch(() => {})
      return reply
    }

    async #act(subject: Subject, command: ActorCommand): Promise<ActorReply> {
      const { actor, ledger, untagged } = await surround(this.env)
      const store = {
        read: async () => this.readState(),
        write: async (state: SubjectState) => {
          // Listed before it is stored: what is listed and has no state does no harm.
          if (state.hints.isUntagged && this.readState()?.hints.isUntagged !== true)
            await untagged.add(subject)
          this.ctx.storage.sql.exec(TABLE)
          this.ctx.storage.sql.exec(
            'INSERT INTO subject VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state',
            JSON.stringify(state),
          )
          await this.ctx.storage.setAlarm(Date.now() + STATE_RETENTION_MS)
          for (const wake of this.#waiters) wake()
        },
      }
      return actor(command, { subject, store, ledger })
    }

    /** Nothing was heard of the subject for so long: the registry has its signatures. */
    async alarm(): Promise<void> {
      const state = this.readState()
      if (state?.hints.isUntagged) await (await surround(this.env)).untagged.remove(state.subject)
      await this.ctx.storage.deleteAll()
    }

    readState(): SubjectState | undefined {
      const { sql } = this.ctx.storage
      // An object that is only asked, of whatever somebody names, stores nothing: then it is gone when it is evicted.
      if (sql.exec(HAS_TABLE).toArray().length === 0) return undefined
      const [row] = sql.exec('SELECT state FROM subject').toArray()
      // Only this class has written it.
      return row === undefined ? undefined : (JSON.parse(String(row.state)) as SubjectState)
    }

    async waitForChange(
      since: string | undefined,
      timeoutMs: number,
    ): Promise<SubjectState | undefined> {
      const state = this.readState()
      if (state !== undefined && (since === undefined || state.updatedAt > since)) return state
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          this.#waiters.delete(wake)
          resolve()
        }
        const timer = setTimeout(wake, timeoutMs)
        this.#waiters.add(wake)
      })
      return this.readState()
    }
  }
}
