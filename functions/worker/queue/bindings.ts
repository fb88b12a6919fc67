// What the platform binds where it signs by rules, as wrangler.signing.toml names it.

import { NotationError } from '../../../shared/errors.ts'
import type { ObjectNamespace, QueueProducer, Remote } from './platform.ts'
import type { SigningActorMethods } from './signing-actor.ts'
import type { SigningDirectoryMethods } from './signing-directory.ts'

/** Bindings that signing by rules needs, all or none. */
export interface SigningBindings {
  readonly SIGNING_QUEUE?: QueueProducer
  readonly SIGNING_ACTOR?: ObjectNamespace<SigningActorMethods>
  readonly SIGNING_DIRECTORY?: ObjectNamespace<SigningDirectoryMethods>
}

/** The bindings, there. */
export type PresentBindings = {
  readonly [Name in keyof SigningBindings]-?: NonNullable<SigningBindings[Name]>
}

/** The name of the one directory. */
const DIRECTORY_NAME = 'directory'

/**
 * The bindings that signing by rules needs.
 *
 * @returns undefined where there is none of them: then nothing signs by itself
 * @throws {NotationError} `configuration-invalid` naming what is missing
 */
export function signingBindings(bindings: SigningBindings): PresentBindings | undefined {
  const { SIGNING_QUEUE, SIGNING_ACTOR, SIGNING_DIRECTORY } = bindings
  if (SIGNING_QUEUE !== undefined && SIGNING_ACTOR !== undefined && SIGNING_DIRECTORY !== undefined)
    return { SIGNING_QUEUE, SIGNING_ACTOR, SIGNING_DIRECTORY }
  const missing = Object.entries({ SIGNING_QUEUE, SIGNING_ACTOR, SIGNING_DIRECTORY })
    .filter(([, binding]) => binding === undefined)
    .map(([name]) => name)
  if (missing.length === 3) return undefined
  throw new NotationError(
    'configuration-invalid',
    `Cannot start: there is no binding ${missing.join(' and ')}; wrangler.signing.toml has all that signing by rules needs`,
  )
}

/** The directory. By another stub each time: one whose object was thrown out answers no more. */
export function directoryOf({
  SIGNING_DIRECTORY: directories,
}: PresentBindings): Remote<SigningDirectoryMethods> {
  return directories.get(directories.idFromName(DIRECTORY_NAME))
}
