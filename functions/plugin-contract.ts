// describe-key and generate-signature over HTTP: the plugin contract's requests and responses, unchanged
// (plugin-extensibility.md §Signature Generator). pluginConfig is read by nobody: what it could set is
// this server's own configuration.

import { z } from 'zod'
import { KEY_SPEC_ENTRIES, type KeySpecEntry } from '../shared/algorithm.ts'
import { decodeBase64, encodeBase64 } from '../shared/base64.ts'
import { parseSigningInput } from '../shared/envelope/signing-input.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import { authorize } from './callers.ts'
import { withRoom } from './capacity.ts'
import type { Exchange } from './exchange.ts'
import {
  MAX_KEY_ID_CHARACTERS,
  MAX_SIGN_REQUEST_BYTES,
  MAX_SIGNING_INPUT_REQUEST_BYTES,
} from './limits.ts'
import { readJsonBody } from './request-body.ts'
import { openSigner } from './signer.ts'

const CONTRACT_VERSION = '1.0'

// z.object, not strictObject: the contract says that unknown members must be ignored.
/** Body of `POST /v1/describe-key`. */
export const describeKeySchema = z.object({
  contractVersion: z.string(),
  keyId: z.string().min(1).max(MAX_KEY_ID_CHARACTERS),
})
/** Body of `POST /v1/generate-signature`. */
export const generateSignatureSchema = describeKeySchema.extend({
  keySpec: z.string(),
  hashAlgorithm: z.string(),
  payload: z.string(),
})

/** `POST /v1/describe-key`. */
export async function describeKey({ request, caller, deps, note }: Exchange): Promise<object> {
  authorize(caller, { permission: 'describe-key' })
  const body = await readJsonBody(request, describeKeySchema, MAX_SIGN_REQUEST_BYTES)
  const { contractVersion, keyId } = body
  note({ keyId })
  requireContractVersion(contractVersion)
  authorize(caller, { permission: 'describe-key', keyId })
  const { keySpec } = await openSigner(deps, note).describeKey(keyId)
  return { keyId, keySpec }
}

/** `POST /v1/generate-signature`: signs only what parses as Notary signing input for this key. */
export async function generateSignature({
  request,
  caller,
  deps,
  note,
}: Exchange): Promise<object> {
  authorize(caller, { permission: 'generate-signature' })
  const body = await readJsonBody(request, generateSignatureSchema, MAX_SIGNING_INPUT_REQUEST_BYTES)
  const { keyId } = body
  note({ keyId })
  requireContractVersion(body.contractVersion)
  authorize(caller, { permission: 'generate-signature', keyId })
  const asked = readAlgorithm(body)
  const payload = decodePayload(body.payload)
  note({ artifactDigest: readArtifactDigest(payload, asked) })
  return withRoom('sign', deps, () => signPayload(keyId, payload, asked, { deps, note }))
}

async function signPayload(
  keyId: string,
  payload: Uint8Array,
  asked: KeySpecEntry,
  { deps, note }: Pick<Exchange, 'deps' | 'note'>,
): Promise<object> {
  const signer = openSigner(deps, note)
  const key = await signer.describeKey(keyId)
  if (key.keySpec !== asked.keySpec) {
    throw new NotationError(
      'request-invalid',
      `Cannot sign: "keySpec" does not fit the key, which is ${key.keySpec}`,
    )
  }
  const signature = await signer.signMessage(keyId, payload)
  return {
    keyId,
    signature: encodeBase64(signature),
    signingAlgorithm: asked.signingAlgorithm,
    certificateChain: key.chain.map(encodeBase64),
  }
}

function readAlgorithm({
  keySpec,
  hashAlgorithm,
}: z.output<typeof generateSignatureSchema>): KeySpecEntry {
  const asked = KEY_SPEC_ENTRIES.find((entry) => entry.keySpec === keySpec)
  if (asked === undefined) {
    const known = KEY_SPEC_ENTRIES.map((entry) => entry.keySpec).join(', ')
    throw new NotationError('request-invalid', `Cannot sign: "keySpec" is none of ${known}`)
  }
  if (hashAlgorithm === asked.hash) return asked
  throw new NotationError(
    'request-invalid',
    `Cannot sign: "hashAlgorithm" does not fit "keySpec", ${asked.keySpec} signs ${asked.hash}`,
  )
}

function readArtifactDigest(payload: Uint8Array, asked: KeySpecEntry): string {
  try {
    return parseSigningInput(payload, asked).targetArtifact.digest
  } catch (cause) {
    if (!isNotationError(cause, 'request-invalid')) throw cause
    throw new NotationError(
      'request-invalid',
      `Cannot sign: "payload" is no Notary Project signing input for a key of ${asked.keySpec}`,
      { cause },
    )
  }
}

function requireContractVersion(version: string): void {
  if (version === CONTRACT_VERSION) return
  throw new NotationError(
    'contract-version-unsupported',
    `Cannot answer: this contract version is not supported, "${CONTRACT_VERSION}" is`,
  )
}

function decodePayload(text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new NotationError('request-invalid', 'Cannot sign: "payload" is not base64', { cause })
  }
}
