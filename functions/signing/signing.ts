// What signing by itself hangs on: absent in Deps where none of it is configured.

import type { SigningRules } from '../rules/signing-rule.ts'
import type { SigningEngine } from './engine.ts'

/** Rules and the engine that carries them out. */
export interface Signing {
  readonly rules: SigningRules
  readonly engine: SigningEngine
}
