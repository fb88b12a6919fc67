// describe-key and generate-signature over HTTP: the plugin contract's requests and responses, unchanged
// (plugin-extensibility.md §Signature Generator). pluginConfig is read by nobody: what it could set is
// this server's own configuration.

import { z } from 'zod'
import { keySpecEntry } from '../shared/algorithm.ts'
import { decodeBase64, encodeBase64 } from '../shared/base64.ts'
import { parseSigningInput } from '../shared/envelope/signing-input.ts'
import { NotationError } from '../shared/errors.ts'
import type { Signer } from '../shared/signer.ts'
import { authorize } from './callers.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import {
  MAX_KEY_ID_CHARACTERS,
  MAX_SIGN_REQUEST_BYTES,
  MAX_SIGNING_INPUT_REQUEST_BYTES,
} from './limits.ts'
import { readJsonBody } from './request-body.ts'

const CONTRACT_VERSION = '1.0'

// z.object, not strictObject: the contract says that unknown members must be ignored.
const describeKeySchema = z.object({
  contractVersion: z.string(),
  keyId: z.string().min(1).max(MAX_KEY_ID_CHARACTERS),
})
const generateSignatureSchema = describeKeySchema.extend({
  keySpec: z.string(),
  hashAlgorithm: z.string(),
  payload: z.string(),
})

/** `POST /v1/describe-key`. */
export async function describeKey({ request, caller, deps }: Exchange): Promise<unknown> {
  authorize(caller, { permission: 'describe-key' })
  const { contractVersion, keyId } = await readJsonBody(
    request,
    describeKeySchema,
    MAX_SIGN_REQUEST_BYTES,
  )
  requireContractVersion(contractVersion)
  const { name } = authorize(caller, { permission: 'describe-key', keyId })
  const { keySpec } = await signerOf(deps).describeKey(keyId)
  deps.audit({ event: 'describe-key', caller: name, keyId })
  return { keyId, keySpec }
}

/** `POST /v1/generate-signature`: signs only what parses as Notary signing input for this key. */
export async function generateSignature({ request, caller, deps }: Exchange): Promise<unknown> {
  authorize(caller, { permission: 'generate-signature' })
  const body = await readJsonBody(request, generateSignatureSchema, MAX_SIGNING_INPUT_REQUEST_BYTES)
  requireContractVersion(body.contractVersion)
  const { keyId } = body
  const { name } = authorize(caller, { permission: 'generate-signature', keyId })
  const asked = keySpecEntry(body.keySpec)
  if (body.hashAlgorithm !== asked.hash) {
    throw new NotationError(
      'request-invalid',
      `Cannot sign: "hashAlgorithm" does not fit "keySpec", ${asked.keySpec} signs ${asked.hash}`,
    )
  }
  const payload = decodePayload(body.payload)
  const { targetArtifact } = parseSigningInput(payload, asked)
  const signer = signerOf(deps)
  const key = await signer.describeKey(keyId)
  if (key.keySpec !== asked.keySpec) {
    throw new NotationError(
      'request-invalid',
      `Cannot sign: "keySpec" does not fit the key, which is ${key.keySpec}`,
    )
  }
  const signature = await signer.signMessage(keyId, payload)
  deps.audit({
    event: 'generate-signature',
    caller: name,
    keyId,
    artifactDigest: targetArtifact.digest,
  })
  return {
    keyId,
    signature: encodeBase64(signature),
    signingAlgorithm: asked.signingAlgorithm,
    certificateChain: key.chain.map(encodeBase64),
  }
}

/**
 * The signer for one request.
 *
 * @throws {NotationError} `configuration-invalid` when no Software Trust Manager is configured
 */
export function signerOf(deps: Deps): Signer {
  if (deps.createSigner !== undefined) return deps.createSigner()
  throw new NotationError(
    'configuration-invalid',
    'Cannot sign: no Software Trust Manager is configured; set SM_HOST, SM_API_KEY, SM_CLIENT_CERT_FILE and SM_CLIENT_CERT_PASSWORD',
  )
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
