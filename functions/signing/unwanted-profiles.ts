// Profiles that nothing asks for any more: a tag has moved, a rule was removed, the artifact is gone, a process ended
// while it signed for a caller. Each comes to rest with its reason, since no task is to go on with it.

import type { NotationError } from '../../shared/errors.ts'
import type { ProfileOrder } from './profile-work.ts'
import type { SubjectRecord } from './subject-record.ts'
import type { ProfileState, SigningState } from './subject-state.ts'

/** States that somebody has to go on with. */
const UNSETTLED: readonly SigningState[] = ['PENDING', 'SIGNING', 'WAITING', 'HELD']

const TAG_MOVED = {
  state: 'SUPERSEDED',
  code: 'tag-moved',
  message:
    'no tag that the rule names points to this artifact, or to an index that lists it, any more',
} as const
const RULE_REMOVED = {
  state: 'SUPERSEDED',
  code: 'rule-removed',
  message: 'no rule asks for a signature of this profile any more',
} as const
const INTERRUPTED = {
  state: 'FAILED',
  code: 'interrupted',
  message: 'signing for a caller ended before its end; call again',
} as const

/** A profile that rules would want if their tags pointed here still. */
export type MovedOrder = Pick<ProfileOrder, 'id' | 'profile' | 'rules'>

/** A profile that has become SUPERSEDED, and was not before. */
export interface SupersededProfile {
  readonly order: MovedOrder
  readonly message: string
}

/**
 * Has every profile come to rest that is not to be signed. One that stands stays COMPLETE: its signature is there,
 * whatever the tag points to now. What was paid for is kept, for when it is wanted again.
 *
 * @param wantedIds - of the profiles that are to be signed
 * @returns what has become SUPERSEDED
 * @throws {NotationError} `queue-unavailable`
 */
export async function settleUnwanted(
  wantedIds: readonly string[],
  moved: readonly MovedOrder[],
  record: SubjectRecord,
  now: () => Date,
): Promise<readonly SupersededProfile[]> {
  const { profiles } = record.state()
  const superseded: SupersededProfile[] = []
  for (const { id, profile, rules } of moved) {
    const known = profiles[id]
    if (wantedIds.includes(id) || known?.state === 'COMPLETE' || known?.code === TAG_MOVED.code)
      continue
    const requestedAt = now().toISOString()
    await record.setProfile(id, {
      ...(known ?? { profile, rules, signRequests: 0, requestedAt }),
      ...TAG_MOVED,
    })
    superseded.push({ order: { id, profile, rules }, message: TAG_MOVED.message })
  }
  const settled = [...wantedIds, ...moved.map(({ id }) => id)]
  for (const [id, known] of Object.entries(profiles)) {
    if (settled.includes(id) || !UNSETTLED.includes(known.state)) continue
    const reason = reasonOf(known)
    await record.setProfile(id, { ...known, ...reason })
    const { profile, rules } = known
    if (reason.state === 'SUPERSEDED')
      superseded.push({ order: { id, profile, rules }, message: reason.message })
  }
  return superseded
}

/**
 * Has every profile of an artifact come to rest that is not in the registry any more.
 *
 * @throws {NotationError} `queue-unavailable`
 */
export async function settleGone(
  { code, message }: NotationError,
  record: SubjectRecord,
): Promise<void> {
  for (const [id, known] of Object.entries(record.state().profiles))
    if (UNSETTLED.includes(known.state))
      await record.setProfile(id, { ...known, state: 'FAILED', code, message })
}

function reasonOf({ rules }: ProfileState): typeof RULE_REMOVED | typeof INTERRUPTED {
  return rules.length > 0 ? RULE_REMOVED : INTERRUPTED
}
