// What the process of the tests and the Worker that runs the engine say to each other, as JSON.

import type { ActorCommand, ActorReply } from '../../../../functions/signing/actor-command.ts'
import type { SigningJob } from '../../../../functions/signing/engine.ts'
import type { Subject } from '../../../../functions/signing/subject.ts'
import type { SubjectState } from '../../../../functions/signing/subject-state.ts'
import type { FollowUp, Task } from '../../../../functions/signing/task.ts'

/** A method of the engine with its arguments by name: a list would turn those left out into null. */
export type EngineCall =
  | { readonly method: 'enqueue'; readonly tasks: readonly FollowUp[] }
  /** Whose caller goes away before the queue has the tasks: it does not answer. */
  | { readonly method: 'abandon'; readonly tasks: readonly FollowUp[] }
  | { readonly method: 'ask'; readonly subject: Subject; readonly command: ActorCommand }
  | { readonly method: 'readState'; readonly subject: Subject }
  | {
      readonly method: 'waitForChange'
      readonly subject: Subject
      readonly since: string | undefined
      readonly timeoutMs: number
    }
  | {
      readonly method: 'listJobs'
      readonly query: {
        readonly state?: SigningJob['state']
        readonly limit: number
        readonly after?: string
      }
    }
  | { readonly method: 'replay'; readonly id: string; readonly isWanted: boolean }
  | { readonly method: 'findLook'; readonly subject: Subject; readonly tag: string | undefined }
  | { readonly method: 'depth' }
  | {
      readonly method: 'listUntagged'
      readonly query: { readonly limit: number; readonly after?: string }
    }
  | { readonly method: 'readDocument'; readonly key: string }
  | { readonly method: 'writeDocument'; readonly key: string; readonly document: unknown }

/** What a method of the engine came to. */
export type EngineAnswer =
  | { readonly value?: unknown }
  | { readonly failure: { readonly code: string; readonly message: string } }

/** What the Worker wants of the test: that a task is performed, an actor begun, or a begun one told. */
export type TestCall =
  | { readonly want: 'perform'; readonly task: Task; readonly attempt: number }
  | { readonly want: 'act'; readonly subject: Subject; readonly command: ActorCommand }
  | { readonly want: 'continue'; readonly conversation: number; readonly value?: unknown }

/** What an actor of the test asks its surroundings for. */
export type ActorWish =
  | { readonly wish: 'read' }
  | { readonly wish: 'write'; readonly state: SubjectState }
  | { readonly wish: 'take'; readonly values: readonly [string, string, number, string] }

/** How far an actor of the test has come: it waits for something, or it has ended. */
export type ActorStep =
  | { readonly conversation: number; readonly wish: ActorWish }
  | { readonly reply: ActorReply }
  | { readonly thrown: string }
