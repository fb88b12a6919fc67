// POST /v1/verify: the verdict of the trust policy on an artifact's signatures, by reference or by envelope.

import { z } from 'zod'
import { decodeBase64 } from '../shared/base64.ts'
import type { Descriptor } from '../shared/descriptor.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import type { Registry } from '../shared/registry/client.ts'
import {
  type BrokenSignature,
  type FoundSignatures,
  type SignatureInput,
  verifyArtifact,
} from '../shared/verify/verify-artifact.ts'
import {
  descriptorSchema,
  envelopeMediaTypeSchema,
  referenceSchema,
  userMetadataSchema,
} from './artifact-schema.ts'
import { authorize } from './callers.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { MAX_ENVELOPES_PER_REQUEST, MAX_VERIFY_REQUEST_BYTES } from './limits.ts'
import {
  type Artifact,
  artifactOf,
  readableRegistryOf,
  readReference,
  repositoryOf,
} from './registries.ts'
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

/** An artifact and its signatures, as far as this caller may have them looked at. */
interface Found {
  readonly artifact: Artifact
  readonly signatures: FoundSignatures
}

/** `POST /v1/verify`. */
export async function verifyByReferenceOrEnvelope(exchange: Exchange): Promise<object> {
  const { request, caller, deps, note } = exchange
  // Else an anonymous request's body, which may be megabytes, would be read for nothing.
  if (caller === undefined && !mayAnyoneVerify(deps)) authorize(caller, { permission: 'verify' })
  const body = await readJsonBody(request, verifySchema, MAX_VERIFY_REQUEST_BYTES)
  const bundle = trustBundleOf(deps)
  note({ bundleDigest: bundle.digest })
  const { artifact, signatures } =
    'reference' in body
      ? await findByReference(body.reference, exchange)
      : findByEnvelope(body, exchange)
  note({ artifactDigest: artifact.descriptor.digest })
  const { userMetadata } = body
  const verdict = await verifyArtifact(
    { ...artifact, signatures, ...(userMetadata === undefined ? {} : { userMetadata }) },
    { bundle, crypto: deps.crypto, now: deps.now() },
  )
  note({ verified: verdict.verified, reason: verdict.code })
  return verdict
}

async function findByReference(text: string, { caller, deps, note }: Exchange): Promise<Found> {
  const reference = readReference(text)
  note({ repository: repositoryOf(reference) })
  const registry = readableRegistryOf(reference, caller, deps)
  const artifact = artifactOf(reference, await registry.resolve(reference))
  return { artifact, signatures: fetchSignatures(registry, reference.repository, artifact) }
}

/** Fetched one by one, when asked for: a policy that skips verification asks for none. */
async function* fetchSignatures(
  registry: Registry,
  repository: string,
  { descriptor }: Artifact,
): AsyncGenerator<SignatureInput | BrokenSignature, void, undefined> {
  for await (const manifest of registry.listSignatures(repository, descriptor))
    yield await fetchSignature(registry, repository, manifest)
}

/** Whoever can push a referrer could otherwise make every verification of the artifact fail. */
async function fetchSignature(
  registry: Registry,
  repository: string,
  manifest: Descriptor,
): Promise<SignatureInput | BrokenSignature> {
  const { digest } = manifest
  try {
    return { digest, ...(await registry.fetchSignatureEnvelope(repository, manifest)) }
  } catch (fault) {
    if (isNotationError(fault, 'envelope-malformed')) return { digest, fault }
    throw fault
  }
}

function findByEnvelope(
  body: z.output<typeof byEnvelopeSchema>,
  { caller, deps, note }: Exchange,
): Found {
  const reference = readReference(body.artifactReference)
  const repository = repositoryOf(reference)
  note({ repository })
  if (!mayAnyoneVerifyEnvelopes(deps)) authorize(caller, { permission: 'verify', repository })
  const envelopes = body.signatures ?? (body.signature === undefined ? [] : [body.signature])
  const signatures = envelopes.map(({ mediaType, envelope }) => ({
    mediaType,
    envelope: decodeEnvelope(envelope),
  }))
  return { artifact: artifactOf(reference, body.descriptor), signatures }
}

function decodeEnvelope(text: string): Uint8Array {
  try {
    return decodeBase64(text)
  } catch (cause) {
    throw new NotationError('request-invalid', 'Cannot verify: "envelope" is not base64', { cause })
  }
}

function mayAnyoneVerify(deps: Deps): boolean {
  const registries = [...deps.configuration.registries.values()]
  return (
    mayAnyoneVerifyEnvelopes(deps) ||
    registries.some(({ publicRepositories }) => publicRepositories.length > 0)
  )
}

function mayAnyoneVerifyEnvelopes({ configuration, listensOnLoopback }: Deps): boolean {
  return listensOnLoopback || configuration.anonymousVerifyByEnvelope
}

function trustBundleOf({ trustBundle }: Deps): TrustBundle {
  if (trustBundle !== undefined) return trustBundle
  throw new NotationError(
    'policy-invalid',
    "Cannot verify: no trust policy is configured; set TRUST_BUNDLE or write notation's trustpolicy.json",
  )
}
