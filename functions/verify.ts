// POST /v1/verify: the verdict of the trust policy on an artifact's signatures, by reference or by envelope.

import { z } from 'zod'
import { decodeBase64 } from '../shared/base64.ts'
import type { Descriptor } from '../shared/descriptor.ts'
import { NotationError } from '../shared/errors.ts'
import { MAX_SIGNATURES } from '../shared/limits.ts'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import type { Reference } from '../shared/registry/reference.ts'
import { type SignatureInput, verifyArtifact } from '../shared/verify/verify-artifact.ts'
import {
  descriptorSchema,
  envelopeMediaTypeSchema,
  referenceSchema,
  userMetadataSchema,
} from './artifact-schema.ts'
import { authorize, type Caller } from './callers.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { MAX_ENVELOPES_PER_REQUEST, MAX_VERIFY_REQUEST_BYTES } from './limits.ts'
import { artifactOf, readableRegistryOf, readReference, repositoryOf } from './registries.ts'
import { readJsonBody } from './request-body.ts'

const signatureSchema = z.strictObject({ mediaType: envelopeMediaTypeSchema, envelope: z.string() })
const byReferenceSchema = z.strictObject({
  reference: referenceSchema,
  userMetadata: userMetadataSchema.optional(),
  // Other index handling comes with the verification of children.
  index: z.literal('index').optional(),
})
const byEnvelopeSchema = z
  .strictObject({
    artifactReference: referenceSchema,
    descriptor: descriptorSchema,
    signature: signatureSchema.optional(),
    signatures: z.array(signatureSchema).min(1).max(MAX_ENVELOPES_PER_REQUEST).optional(),
    userMetadata: userMetadataSchema.optional(),
  })
  .refine(
    (body) => (body.signature === undefined) !== (body.signatures === undefined),
    'needs either "signature" or "signatures"',
  )
const verifySchema = z.union([byReferenceSchema, byEnvelopeSchema])

/** `POST /v1/verify`. */
export async function verifyByReferenceOrEnvelope({
  request,
  caller,
  deps,
}: Exchange): Promise<unknown> {
  const body = await readJsonBody(request, verifySchema, MAX_VERIFY_REQUEST_BYTES)
  const bundle = trustBundleOf(deps)
  const { crypto } = deps
  const userMetadata = body.userMetadata ?? {}
  const found =
    'reference' in body
      ? await byReference(body.reference, caller, deps)
      : byEnvelope(body, caller, deps)
  const { reference, descriptor, signatures } = await found
  const verdict = await verifyArtifact(
    {
      reference: artifactOf(reference, descriptor).reference,
      descriptor,
      signatures,
      userMetadata,
    },
    { bundle, crypto, now: deps.now() },
  )
  deps.audit({
    event: 'verify',
    caller: caller?.name,
    repository: repositoryOf(reference),
    artifactDigest: descriptor.digest,
    verified: verdict.verified,
    bundleDigest: bundle.digest,
  })
  return verdict
}

interface Found {
  readonly reference: Reference
  readonly descriptor: Descriptor
  readonly signatures: readonly SignatureInput[]
}

async function byReference(text: string, caller: Caller | undefined, deps: Deps): Promise<Found> {
  const reference = readReference(text)
  const registry = readableRegistryOf(reference, caller, deps)
  const descriptor = await registry.resolve(reference)
  const signatures: SignatureInput[] = []
  for await (const manifest of registry.listSignatures(reference.repository, descriptor)) {
    if (signatures.length === MAX_SIGNATURES) break
    const { mediaType, envelope } = await registry.fetchSignatureEnvelope(
      reference.repository,
      manifest,
    )
    signatures.push({ digest: manifest.digest, mediaType, envelope })
  }
  return { reference, descriptor, signatures }
}

function byEnvelope(
  body: z.output<typeof byEnvelopeSchema>,
  caller: Caller | undefined,
  deps: Deps,
): Found {
  const reference = readReference(body.artifactReference)
  const isOpen = deps.listensOnLoopback || deps.configuration.anonymousVerifyByEnvelope
  if (!isOpen) authorize(caller, { permission: 'verify', repository: repositoryOf(reference) })
  const envelopes = body.signatures ?? (body.signature === undefined ? [] : [body.signature])
  const signatures = envelopes.map(({ mediaType, envelope }) => ({
    mediaType,
    envelope: decodeEnvelope(envelope),
  }))
  return { reference, descriptor: body.descriptor, signatures }
}

function decodeEnvelope(text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new NotationError('request-invalid', 'Cannot verify: "envelope" is not base64', { cause })
  }
}

function trustBundleOf(deps: Deps): TrustBundle {
  if (deps.trustBundle !== undefined) return deps.trustBundle
  throw new NotationError(
    'policy-invalid',
    "Cannot verify: no trust policy is configured; set TRUST_BUNDLE or write notation's trustpolicy.json",
  )
}
