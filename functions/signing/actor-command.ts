// What an actor can be asked to do, and what it answers: JSON, because on Workers both cross between isolates.

import type { AuditDetails } from '../audit.ts'
import type { ProfileRequest } from './subject-state.ts'
import type { Look, TaskOutcome } from './task.ts'

/** A command. */
export type ActorCommand =
  /** Sign what the rules want signed. */
  | { readonly kind: 'look'; readonly look: Look; readonly attempt: number }
  /** Sign with this profile, whatever the rules say: the caller was authorized. */
  | { readonly kind: 'sign'; readonly profile: ProfileRequest }

/** A signature that stands in the registry. */
export interface StandingSignature {
  readonly mediaType: string
  /** Base64. */
  readonly envelope: string
  readonly manifestDigest: string
  /** False where it stood before it was asked for. */
  readonly isNew: boolean
}

/** An answer. */
export type ActorReply =
  | {
      readonly kind: 'looked'
      readonly outcome: TaskOutcome
      /** Digest of what the subject is a signature of: whoever waits for one may look again. */
      readonly signatureOf?: string
    }
  | { readonly kind: 'signed'; readonly signature: StandingSignature; readonly notes: Notes }
  /** A NotationError, as data. */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly retryAfterSeconds?: number
      readonly notes: Notes
    }

/** For the audit line. */
export type Notes = AuditDetails
