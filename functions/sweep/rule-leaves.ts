// The certificates that the keys of the rules have now, and which rules have a key that cannot be used.

import { toHex } from '../../shared/bytes.ts'
import { isNotationError, type NotationError } from '../../shared/errors.ts'
import type { SigningRule } from '../rules/signing-rule.ts'
import { isPermanent } from '../signing/retry.ts'
import { type SigningWorld, signerOf } from '../signing/signing-world.ts'

/** The finder of one step. */
export interface RuleLeaves {
  /**
   * SHA-256 of the leaf certificate, lower-case hexadecimal; undefined for a key that cannot be used.
   *
   * @throws {NotationError} what may pass: then the step is tried again
   */
  readonly find: (rule: SigningRule) => Promise<string | undefined>
  /** Rules whose key cannot be used, and why: no other rule waits for them. */
  readonly faults: ReadonlyMap<string, NotationError>
}

/** Creates it. The keys that it asks for are remembered beyond the step. */
export function createRuleLeaves(world: SigningWorld): RuleLeaves {
  const faults = new Map<string, NotationError>()
  return {
    faults,
    async find({ name, profile }) {
      if (faults.has(name)) return undefined
      try {
        const { chain } = await signerOf(world, () => {}).describeKey(profile.keyId)
        return toHex(await world.crypto.digest('SHA-256', chain[0] ?? new Uint8Array()))
      } catch (cause) {
        if (!isNotationError(cause) || !isPermanent(cause)) throw cause
        faults.set(name, cause)
        return undefined
      }
    },
  }
}
