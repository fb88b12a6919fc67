// A caller's wish to have an artifact signed, put to the artifact's actor: what rules and other callers want of
// it at the same time waits, and then finds the signature standing.

import { NotationError } from '../../shared/errors.ts'
import type { AuditDetails } from '../audit.ts'
import { isErrorCode } from '../problem.ts'
import type { SigningEngine } from './engine.ts'
import type { Subject } from './subject.ts'
import type { ProfileRequest } from './subject-state.ts'

/** A signature as the answer has it. */
export interface AnsweredSignature {
  readonly mediaType: string
  /** Base64. */
  readonly envelope: string
  readonly manifestDigest: string
}

/**
 * Has an actor sign, or find the signature that stands.
 *
 * @throws {NotationError} `queue-unavailable`, and what signing throws
 */
export async function signByActor(
  { registry, repository, digest }: Subject,
  profile: ProfileRequest,
  engine: SigningEngine,
  note: (details: AuditDetails) => void,
): Promise<AnsweredSignature> {
  const reply = await engine.ask({ registry, repository, digest }, { kind: 'sign', profile })
  if (reply.kind === 'looked') {
    throw new NotationError('internal', 'Cannot sign: the actor answered another command')
  }
  note(reply.notes)
  if (reply.kind === 'signed') {
    const { isNew, ...signature } = reply.signature
    note({ manifestDigest: signature.manifestDigest, isNew })
    return signature
  }
  const { code, message, retryAfterSeconds } = reply
  throw new NotationError(
    isErrorCode(code) ? code : 'internal',
    message,
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  )
}
