// How many artifacts a day are signed again because a key has another certificate: a rotation must not spend a
// month's signatures in an hour.

import { MAX_RESIGNED_PER_DAY } from '../limits.ts'
import type { SigningEngine } from '../signing/engine.ts'
import type { Due } from './find-due.ts'

const KEY = 'sweep-rotation'

/** Today's count. */
interface RotationCount {
  /** `2026-01-31`, UTC. */
  readonly day: string
  readonly taken: number
}

/**
 * Takes what is due for a new certificate from the day's budget; everything else passes.
 *
 * One run after another takes from it, one step after another: nobody counts at the same time.
 */
export async function takeFromRotationBudget<Tag extends { readonly due?: Due }>(
  due: readonly Tag[],
  dryRun: boolean,
  engine: SigningEngine,
  now: Date,
): Promise<{ readonly admitted: readonly Tag[]; readonly postponed: number }> {
  const isRotation = ({ due }: Tag): boolean => due?.reason === 'certificate-replaced'
  const rotated = due.filter(isRotation)
  if (rotated.length === 0) return { admitted: due, postponed: 0 }
  const day = now.toISOString().slice(0, 10)
  const stored = (await engine.documents.read(KEY)) as RotationCount | undefined
  const taken = stored?.day === day ? stored.taken : 0
  const room = Math.max(0, MAX_RESIGNED_PER_DAY - taken)
  const admitted = rotated.slice(0, room)
  if (!dryRun && admitted.length > 0)
    await engine.documents.write(KEY, { day, taken: taken + admitted.length })
  return {
    admitted: [...due.filter((tag) => !isRotation(tag)), ...admitted],
    postponed: rotated.length - admitted.length,
  }
}
