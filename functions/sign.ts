// POST /v1/sign: signs an artifact by reference (and pushes the signature as its referrer) or by descriptor
// (and gives only the envelope).

import { z } from 'zod'
import { encodeBase64 } from '../shared/base64.ts'
import type { Descriptor } from '../shared/descriptor.ts'
import { isNotationError, NotationError } from '../shared/errors.ts'
import type { Reference } from '../shared/registry/reference.ts'
import { type SignedArtifact, signArtifact } from '../shared/sign/sign-artifact.ts'
import {
  descriptorSchema,
  envelopeMediaTypeSchema,
  referenceSchema,
  userMetadataSchema,
} from './artifact-schema.ts'
import { authorize } from './callers.ts'
import { withRoom } from './capacity.ts'
import type { Exchange } from './exchange.ts'
import { MAX_EXPIRY_SECONDS, MAX_KEY_ID_CHARACTERS, MAX_SIGN_REQUEST_BYTES } from './limits.ts'
import { publishSignature } from './publish-signature.ts'
import { artifactOf, readReference, registryOf, repositoryOf } from './registries.ts'
import { readJsonBody } from './request-body.ts'
import { openSigner } from './signer.ts'
import { signByActor } from './signing/sign-by-actor.ts'
import type { ProfileRequest } from './signing/subject-state.ts'
import { timestampFrom } from './timestamp.ts'

const howSchema = {
  keyId: z.string().min(1).max(MAX_KEY_ID_CHARACTERS),
  signatureMediaType: envelopeMediaTypeSchema.default('application/jose+json'),
  expirySeconds: z.int().min(1).max(MAX_EXPIRY_SECONDS).optional(),
  userMetadata: userMetadataSchema.optional(),
  timestampAuthority: z.string().min(1).max(255).optional(),
}
/** Body of `POST /v1/sign`. */
export const signSchema = z.union([
  z.strictObject({ reference: referenceSchema, ...howSchema }),
  z.strictObject({
    artifactReference: referenceSchema,
    descriptor: descriptorSchema,
    ...howSchema,
  }),
])
type SignRequest = z.output<typeof signSchema>

/** `POST /v1/sign`. */
export async function signByReferenceOrDescriptor(exchange: Exchange): Promise<object> {
  const { request, caller, deps, note } = exchange
  authorize(caller, { permission: 'sign' })
  const body = await readJsonBody(request, signSchema, MAX_SIGN_REQUEST_BYTES)
  const reference = readReference('reference' in body ? body.reference : body.artifactReference)
  const repository = repositoryOf(reference)
  note({ keyId: body.keyId, repository })
  authorize(caller, { permission: 'sign', keyId: body.keyId, repository })
  return withRoom('sign', deps, () => signReferenced(body, reference, exchange))
}

/** Of a request that is allowed. */
async function signReferenced(
  body: SignRequest,
  reference: Reference,
  exchange: Exchange,
): Promise<object> {
  const { deps, note } = exchange
  if (!('reference' in body)) {
    const artifact = artifactOf(reference, body.descriptor)
    const signed = await sign(body, artifact.descriptor, exchange)
    return answerOf(body, artifact, signed)
  }
  const registry = registryOf(reference, deps)
  const artifact = artifactOf(reference, await registry.resolve(reference))
  note({ artifactDigest: artifact.descriptor.digest })
  if (deps.signing !== undefined) {
    const subject = { ...reference, digest: artifact.descriptor.digest }
    const signature = await signByActor(subject, profileOf(body), deps.signing.engine, note)
    return { artifact, keyId: body.keyId, signature }
  }
  const signed = await sign(body, artifact.descriptor, exchange)
  const { mediaType, envelope, content } = signed
  const { manifestDigest } = await publishSignature(registry, {
    repository: reference.repository,
    subject: artifact.descriptor,
    mediaType,
    envelope,
    chain: content.chain,
    createdAt: deps.now(),
  })
  note({ manifestDigest })
  return answerOf(body, artifact, signed, manifestDigest)
}

/** What of the request names a profile: the rest of it names the artifact. */
function profileOf(request: SignRequest): ProfileRequest {
  const { keyId, signatureMediaType, expirySeconds, userMetadata, timestampAuthority } = request
  return {
    keyId,
    signatureMediaType,
    ...(expirySeconds === undefined ? {} : { expirySeconds }),
    ...(userMetadata === undefined ? {} : { userMetadata }),
    ...(timestampAuthority === undefined ? {} : { timestampAuthority }),
  }
}

async function sign(
  { keyId, signatureMediaType, expirySeconds, userMetadata, timestampAuthority }: SignRequest,
  descriptor: Descriptor,
  { deps, note }: Exchange,
): Promise<SignedArtifact> {
  note({ artifactDigest: descriptor.digest })
  const { crypto, now, chains } = deps
  const request = {
    descriptor,
    keyId,
    mediaType: signatureMediaType,
    ...(expirySeconds === undefined ? {} : { expirySeconds }),
    ...(userMetadata === undefined ? {} : { userMetadata }),
  }
  const timestamp =
    timestampAuthority === undefined ? {} : { timestamp: timestampFrom(timestampAuthority, deps) }
  try {
    return await signArtifact(request, {
      signer: openSigner(deps, note),
      crypto,
      chains,
      now,
      ...timestamp,
    })
  } catch (cause) {
    if (!isNotationError(cause, 'request-invalid')) throw cause
    throw new NotationError(
      'request-invalid',
      'Cannot sign: the descriptor, with the user metadata, is none that verifiers take',
      { cause },
    )
  }
}

function answerOf(
  { keyId }: SignRequest,
  artifact: object,
  { mediaType, envelope }: SignedArtifact,
  manifestDigest?: string,
): object {
  const pushed = manifestDigest === undefined ? {} : { manifestDigest }
  const signature = { mediaType, envelope: encodeBase64(envelope), ...pushed }
  return { artifact, keyId, signature }
}
