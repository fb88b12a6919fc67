// POST /v1/verify: the verdict of the trust policy on an artifact's signatures, by reference or by envelope.

import { z } from 'zod'
import type { TrustBundle } from '../shared/policy/trust-bundle.ts'
import {
  type ArtifactVerdict,
  type VerificationDependencies,
  verifyArtifact,
} from '../shared/verify/verify-artifact.ts'
import { mayAnyoneVerify, mayAnyoneVerifyEnvelopes } from './anonymous-access.ts'
import { descriptorSchema, referenceSchema, userMetadataSchema } from './artifact-schema.ts'
import { fetchSignatures, locateArtifact } from './artifact-signatures.ts'
import { authorize } from './callers.ts'
import { withRoom } from './capacity.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { decodeMember, givenSignatureSchema } from './given-signature.ts'
import { MAX_ENVELOPES_PER_REQUEST, MAX_VERIFY_REQUEST_BYTES } from './limits.ts'
import { artifactOf, readReference, repositoryOf } from './registries.ts'
import { readJsonBody } from './request-body.ts'
import { trustBundleOf } from './trust-bundle.ts'
import { indexSchema, type VerificationWishes, verifyChildren } from './verify-children.ts'

/** What both forms may ask for besides. */
const wishesShape = {
  userMetadata: userMetadataSchema.optional(),
  stopAtFirst: z.boolean().optional(),
}
const signatureSchema = givenSignatureSchema.required()
const byReferenceSchema = z.strictObject({
  reference: referenceSchema,
  index: indexSchema.optional(),
  ...wishesShape,
})
const byEnvelopeSchema = z
  .strictObject({
    artifactReference: referenceSchema,
    descriptor: descriptorSchema,
    signature: signatureSchema.optional(),
    signatures: z.array(signatureSchema).min(1).max(MAX_ENVELOPES_PER_REQUEST).optional(),
    ...wishesShape,
  })
  .refine(
    (body) => (body.signature === undefined) !== (body.signatures === undefined),
    'needs either "signature" or "signatures"',
  )
/** Body of `POST /v1/verify`. */
export const verifySchema = z.union([byReferenceSchema, byEnvelopeSchema])

type Wishes = z.output<z.ZodObject<typeof wishesShape>>

/** `POST /v1/verify`. */
export async function verifyByReferenceOrEnvelope(exchange: Exchange): Promise<object> {
  const { request, caller, deps, note } = exchange
  // Else an anonymous request's body, which may be megabytes, would be read for nothing.
  if (caller === undefined && !mayAnyoneVerify(deps)) authorize(caller, { permission: 'verify' })
  const body = await readJsonBody(request, verifySchema, MAX_VERIFY_REQUEST_BYTES)
  const bundle = trustBundleOf(deps)
  note({ bundleDigest: bundle.digest })
  const verdict = await withRoom('verify', deps, () =>
    'reference' in body
      ? verifyByReference(body, bundle, exchange)
      : verifyByEnvelope(body, bundle, exchange),
  )
  note({ verified: verdict.verified, reason: verdict.code })
  return verdict
}

async function verifyByReference(
  { reference, index = 'index', ...wishes }: z.output<typeof byReferenceSchema>,
  bundle: TrustBundle,
  exchange: Exchange,
): Promise<ArtifactVerdict> {
  const located = await locateArtifact(reference, exchange)
  const dependencies = dependenciesOf(bundle, exchange.deps)
  if (index !== 'index') {
    exchange.note({ index })
    return verifyChildren(located, index, wishesOf(wishes), dependencies, exchange.deps)
  }
  const { artifact } = located
  const signatures = fetchSignatures(located, artifact.descriptor)
  return verifyArtifact({ ...artifact, signatures, ...wishesOf(wishes) }, dependencies)
}

function verifyByEnvelope(
  body: z.output<typeof byEnvelopeSchema>,
  bundle: TrustBundle,
  { caller, deps, note }: Exchange,
): Promise<ArtifactVerdict> {
  const reference = readReference(body.artifactReference)
  const repository = repositoryOf(reference)
  note({ repository })
  if (!mayAnyoneVerifyEnvelopes(deps)) authorize(caller, { permission: 'verify', repository })
  const artifact = artifactOf(reference, body.descriptor)
  note({ artifactDigest: artifact.descriptor.digest })
  const envelopes = body.signatures ?? (body.signature === undefined ? [] : [body.signature])
  const signatures = envelopes.map(({ mediaType, envelope }) => ({
    mediaType,
    envelope: decodeMember(envelope, 'envelope'),
  }))
  return verifyArtifact(
    { ...artifact, signatures, ...wishesOf(body) },
    dependenciesOf(bundle, deps),
  )
}

function wishesOf({ userMetadata, stopAtFirst }: Wishes): VerificationWishes {
  return {
    ...(userMetadata === undefined ? {} : { userMetadata }),
    ...(stopAtFirst === undefined ? {} : { stopAtFirst }),
  }
}

/** The world of one request. */
function dependenciesOf(bundle: TrustBundle, deps: Deps): VerificationDependencies {
  return {
    bundle,
    crypto: deps.crypto,
    now: deps.now(),
    maxSignatures: deps.configuration.maxSignatures,
    chains: deps.chains,
    revocation: deps.createRevocationChecker(),
  }
}
