// Whether a caller may hear of a repository: of a foreign one it hears what it would of one that is not there.

import { NotationError } from '../../shared/errors.ts'
import type { Caller } from '../callers.ts'
import { callerMissing } from '../callers.ts'
import { ANY, type Permission } from '../configuration-schema.ts'

/** Either lets a caller ask about what is signed. */
const SIGHTS: readonly Permission[] = ['sign', 'verify']

/**
 * Passes for a repository of the caller's.
 *
 * @param repository - `host/repository`
 * @throws {NotationError} `caller-unauthenticated`; `artifact-unknown` for any other repository
 */
export function authorizeSight(caller: Caller | undefined, repository: string): void {
  if (caller === undefined) throw callerMissing()
  const { permissions } = caller.grant
  const maySee = SIGHTS.some((permission) => permissions.includes(permission))
  if (maySee && isOfCaller(caller, repository)) return
  throw new NotationError('artifact-unknown', 'Cannot find this artifact')
}

/** Whether the caller's grant has the repository. */
export function isOfCaller({ grant }: Caller, repository: string): boolean {
  return grant.repositories.some((name) => name === ANY || name === repository)
}
