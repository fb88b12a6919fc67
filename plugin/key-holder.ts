// Whoever holds the keys, as the commands ask it: Software Trust Manager directly, or the API of functions/.

import type { MaybePromise } from '../shared/crypto.ts'
import { NotationError } from '../shared/errors.ts'
import type { Signer, SigningKey } from '../shared/signer.ts'
import type { SignatureRequest } from './protocol.ts'

/** A signature and who vouches for its key. */
export interface MadeSignature {
  /** RSASSA-PSS, or ECDSA as fixed-width r‖s; verified against the leaf. */
  readonly signature: Uint8Array
  /** DER, leaf first, self-signed root last. */
  readonly chain: readonly Uint8Array[]
}

/** Answers for keys that it names; throws the codes of Signer. */
export interface KeyHolder {
  describeKey(keyId: string): MaybePromise<Pick<SigningKey, 'keySpec'>>
  /** @throws {NotationError} also `request-invalid` when the key is not of the request's key spec */
  makeSignature(request: SignatureRequest): Promise<MadeSignature>
}

/** A key holder with a connection to end. */
export interface OpenKeyHolder {
  readonly keys: KeyHolder
  readonly close: () => void
}

/** The key holder of a signer, which gives key and signature one by one. */
export function holdKeys(signer: Signer): KeyHolder {
  return {
    describeKey: (keyId) => signer.describeKey(keyId),
    async makeSignature(request) {
      const { keyId, payload } = request
      const key = await signer.describeKey(keyId)
      requireKeySpec(key, request)
      return { signature: await signer.signMessage(keyId, payload), chain: key.chain }
    },
  }
}

/** Checked before a signature is spent. */
function requireKeySpec(key: SigningKey, { entry }: SignatureRequest): void {
  if (key.keySpec === entry.keySpec) return
  throw new NotationError(
    'request-invalid',
    `Cannot sign with keypair ${JSON.stringify(key.keyId)}: its key is ${key.keySpec}, the request says ${entry.keySpec}`,
  )
}
