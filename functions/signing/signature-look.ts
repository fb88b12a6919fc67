// The look at an artifact that a signature of it may have been pushed for: one that a rule requires.

import type { Subject } from './subject.ts'
import type { FollowUp, Look } from './task.ts'

/** Without a referrers API a signature is listed by another push, after the one that told of it. */
const LISTING_DELAY_SECONDS = 2

/** @param cause - the look that this one follows from */
export function lookForSignature(
  { registry, repository, digest }: Subject,
  { heardAt, source, isReplayed }: Look,
): FollowUp {
  return {
    task: {
      kind: 'look',
      registry,
      repository,
      digest,
      reason: 'signature',
      ...(source === undefined ? {} : { source }),
      ...(isReplayed === undefined ? {} : { isReplayed }),
      heardAt,
    },
    delaySeconds: LISTING_DELAY_SECONDS,
  }
}
