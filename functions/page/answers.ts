// The answers that the page shows, as the API's own document has them. Types only.

import type { z } from 'zod'
import type { inspectAnswer, verifyAnswer } from '../openapi/answers.ts'

/** Of `POST /v1/verify`. */
export type VerifyAnswer = z.output<typeof verifyAnswer>

/** One signature's part of it. */
export type SignatureVerdict = VerifyAnswer['signatures'][number]

/** The verdict on a child of an index, which may be an index itself. */
export interface ChildVerdict
  extends Pick<VerifyAnswer, 'verified' | 'code' | 'message' | 'artifact' | 'signatures'> {
  readonly platform?: string | undefined
  readonly osVersion?: string | undefined
  readonly children?: readonly ChildVerdict[] | undefined
  readonly childrenSkipped?: VerifyAnswer['childrenSkipped']
}

/** One check of a signature. */
export type Check = SignatureVerdict['checks'][number]

/** Of `POST /v1/inspect`, in its own format. */
export type InspectAnswer = Extract<z.output<typeof inspectAnswer>, { unverified: true }>

/** What one signature says of itself, or why it cannot be read. */
export type InspectedSignature = InspectAnswer['signatures'][number]

/** What one signature says of itself. */
export type ReadSignature = Exclude<InspectedSignature, { error: unknown }>

/** A certificate of its chain. */
export type InspectedCertificate = ReadSignature['certificates'][number]

/** Its timestamp; with an error it has neither times nor certificates. */
export interface InspectedTimestamp {
  /** `[earliest, latest]`, both of RFC 3339. */
  readonly timestamp?: string
  readonly certificates?: readonly InspectedCertificate[]
  readonly error?: string
}

/** RFC 9457, as the API writes it. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
}
