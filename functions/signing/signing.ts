// What signing by itself hangs on: absent in Deps where none of it is configured.

import { NotationError } from '../../shared/errors.ts'
import type { SigningRules } from '../rules/signing-rule.ts'
import type { SigningEngine } from './engine.ts'

/** Rules and the engine that carries them out. */
export interface Signing {
  readonly rules: SigningRules
  readonly engine: SigningEngine
  /** Whether a digest is that of a signature manifest pushed from here, as far as this process remembers. */
  readonly isOwnManifest?: (digest: string) => boolean
}

/**
 * What signs by itself here.
 *
 * @throws {NotationError} `configuration-invalid` where nothing does
 */
export function signingOf({ signing }: { readonly signing?: Signing | undefined }): Signing {
  if (signing !== undefined) return signing
  throw new NotationError(
    'configuration-invalid',
    'Cannot answer: nothing signs by itself here; set SIGNING_RULES, and QUEUE_DIR or QUEUE_URL',
  )
}
