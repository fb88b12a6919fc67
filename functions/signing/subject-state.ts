// What an actor keeps of its subject: the hints it was given, and for each signing profile how far it came.
// One JSON document, written whole between any two steps, so that a crash repeats at most one.

import type { EnvelopeMediaType } from '../../shared/envelope/media-type.ts'
import type { Spending } from './spent-signatures.ts'
import type { Subject } from './subject.ts'
import type { ParentHint } from './task.ts'

/** Where a profile stands; what `GET /v1/signing-status` answers. */
export const SIGNING_STATES = [
  /** To be signed as soon as a worker comes to it. */
  'PENDING',
  /** The signature that the rule requires is not there yet. */
  'WAITING',
  /** The rule's signatures of the day are used up. */
  'HELD',
  /** Being signed, or between two attempts. */
  'SIGNING',
  /** A signature of the profile stands in the registry and verifies. */
  'COMPLETE',
  /** No tag that the rule names points to this artifact any more, or no rule asks for it. */
  'SUPERSEDED',
  /** Given up, with the reason. */
  'FAILED',
] as const
/** One of SIGNING_STATES. */
export type SigningState = (typeof SIGNING_STATES)[number]

/** How something is signed: one signature of each profile stands on a subject. */
export interface ProfileRequest {
  readonly keyId: string
  readonly signatureMediaType: EnvelopeMediaType
  /** A name of CONFIG setting `timestampAuthorities`. */
  readonly timestampAuthority?: string
  readonly expirySeconds?: number
  readonly userMetadata?: Readonly<Record<string, string>>
}

/** What is stored before the next step, base64 where it is bytes. Each holds all that the ones before it hold. */
export interface SigningProgress {
  /** SHA-256 of the leaf certificate: another one makes what is stored worthless. */
  readonly leafSha256: string
  /** RFC 3339, whole seconds; in what is signed, and in the manifest. */
  readonly signingTime: string
  /** As the signer returned it. Present from the moment that a signature was made. */
  readonly signature?: string
  /** Present once it is assembled and verified. */
  readonly envelope?: string
}

/** One profile of one subject. */
export interface ProfileState {
  readonly profile: ProfileRequest
  /** Names of the rules that ask for it; empty where only `/v1/sign` did. */
  readonly rules: readonly string[]
  readonly state: SigningState
  /** Why it is not COMPLETE; an error code, or a word of the state's own. */
  readonly code?: string
  readonly message?: string
  /** Signature requests that Software Trust Manager was sent for this profile, failed ones included. */
  readonly signRequests: number
  /** Of those, the ones that may have cost a signature; absent before the first. */
  readonly spending?: Spending
  readonly progress?: SigningProgress
  /** When it was first heard of the push that is being signed, RFC 3339. */
  readonly heardAt?: string
  /** Of the standing signature. */
  readonly manifestDigest?: string
  /** SHA-256 of the leaf certificate of the standing signature. */
  readonly leafSha256?: string
  /** When the standing signature ends, RFC 3339: its own expiry. */
  readonly expiresAt?: string
  /** RFC 3339. */
  readonly requestedAt: string
  readonly updatedAt: string
  readonly completedAt?: string
}

/** What hints said of a subject. */
export interface SubjectHints {
  /** Newest last; bounded. */
  readonly tags: readonly string[]
  /** Indexes that list it, with the rules that sign their children. */
  readonly parents: readonly ParentHint[]
  /** Whether it was pushed by digest alone. */
  readonly isUntagged: boolean
}

/** Why a look decided nothing, or not all. */
export interface LookProblem {
  readonly code: string
  readonly message: string
  /** When it was first heard of the push, RFC 3339, where it is to be tried again. */
  readonly heardAt?: string
}

/** The document. */
export interface SubjectState {
  readonly subject: Subject
  readonly hints: SubjectHints
  /** By profileId. */
  readonly profiles: Readonly<Record<string, ProfileState>>
  /** Why nothing could be decided, where the last look failed before any profile was come to. */
  readonly problem?: LookProblem | undefined
  readonly updatedAt: string
}

/** Whether a profile waits for a signature that its rule requires. */
export function awaitsSignature({ profiles }: Pick<SubjectState, 'profiles'>): boolean {
  return Object.values(profiles).some(({ state }) => state === 'WAITING')
}
