// POST /v1/verify: the verdict of the trust policy on an artifact's signatures, by reference or by envelope.

import { z } from 'zod'
import { type FoundSignatures, verifyArtifact } from '../shared/verify/verify-artifact.ts'
import { mayAnyoneVerify, mayAnyoneVerifyEnvelopes } from './anonymous-access.ts'
import { descriptorSchema, referenceSchema, userMetadataSchema } from './artifact-schema.ts'
import { fetchSignatures, locateArtifact } from './artifact-signatures.ts'
import { authorize } from './callers.ts'
import type { Exchange } from './exchange.ts'
import { decodeMember, givenSignatureSchema } from './given-signature.ts'
import { MAX_ENVELOPES_PER_REQUEST, MAX_VERIFY_REQUEST_BYTES } from './limits.ts'
import { type Artifact, artifactOf, readReference, repositoryOf } from './registries.ts'
import { readJsonBody } from './request-body.ts'
import { trustBundleOf } from './trust-bundle.ts'

const signatureSchema = givenSignatureSchema.required()
const byReferenceSchema = z.strictObject({
  reference: referenceSchema,
  userMetadata: userMetadataSchema.optional(),
  // Other index handling comes with the verification of children.
  index: z.literal('index').optional(),
  stopAtFirst: z.boolean().optional(),
})
const byEnvelopeSchema = z
  .strictObject({
    artifactReference: referenceSchema,
    descriptor: descriptorSchema,
    signature: signatureSchema.optional(),
    signatures: z.array(signatureSchema).min(1).max(MAX_ENVELOPES_PER_REQUEST).optional(),
    userMetadata: userMetadataSchema.optional(),
    stopAtFirst: z.boolean().optional(),
  })
  .refine(
    (body) => (body.signature === undefined) !== (body.signatures === undefined),
    'needs either "signature" or "signatures"',
  )
/** Body of `POST /v1/verify`. */
export const verifySchema = z.union([byReferenceSchema, byEnvelopeSchema])

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
  const { userMetadata, stopAtFirst = false } = body
  const verdict = await verifyArtifact(
    {
      ...artifact,
      signatures,
      stopAtFirst,
      ...(userMetadata === undefined ? {} : { userMetadata }),
    },
    {
      bundle,
      crypto: deps.crypto,
      now: deps.now(),
      maxSignatures: deps.configuration.maxSignatures,
      revocation: deps.createRevocationChecker(),
    },
  )
  note({ verified: verdict.verified, reason: verdict.code })
  return verdict
}

async function findByReference(text: string, exchange: Exchange): Promise<Found> {
  const located = await locateArtifact(text, exchange)
  return { artifact: located.artifact, signatures: fetchSignatures(located) }
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
    envelope: decodeMember(envelope, 'envelope'),
  }))
  return { artifact: artifactOf(reference, body.descriptor), signatures }
}
