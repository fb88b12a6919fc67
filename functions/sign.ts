// POST /v1/sign: signs an artifact by reference (and pushes the signature as its referrer) or by descriptor
// (and gives only the envelope).

import { z } from 'zod'
import type { HashName } from '../shared/algorithm.ts'
import { encodeBase64 } from '../shared/base64.ts'
import type { Descriptor } from '../shared/descriptor.ts'
import { NotationError } from '../shared/errors.ts'
import { type SignedArtifact, signArtifact } from '../shared/sign/sign-artifact.ts'
import { fetchTimestamp } from '../shared/timestamp/client.ts'
import {
  descriptorSchema,
  envelopeMediaTypeSchema,
  referenceSchema,
  userMetadataSchema,
} from './artifact-schema.ts'
import { authorize } from './callers.ts'
import type { Deps } from './deps.ts'
import type { Exchange } from './exchange.ts'
import { MAX_EXPIRY_SECONDS, MAX_KEY_ID_CHARACTERS, MAX_SIGN_REQUEST_BYTES } from './limits.ts'
import { signerOf } from './plugin-contract.ts'
import { artifactOf, readReference, registryOf, repositoryOf } from './registries.ts'
import { readJsonBody } from './request-body.ts'

const howSchema = {
  keyId: z.string().min(1).max(MAX_KEY_ID_CHARACTERS),
  signatureMediaType: envelopeMediaTypeSchema.default('application/jose+json'),
  expirySeconds: z.int().min(1).max(MAX_EXPIRY_SECONDS).optional(),
  userMetadata: userMetadataSchema.optional(),
  timestampAuthority: z.string().min(1).max(255).optional(),
}
const signSchema = z.union([
  z.strictObject({ reference: referenceSchema, ...howSchema }),
  z.strictObject({
    artifactReference: referenceSchema,
    descriptor: descriptorSchema,
    ...howSchema,
  }),
])
type SignRequest = z.output<typeof signSchema>

/** `POST /v1/sign`. */
export async function signByReferenceOrDescriptor({
  request,
  caller,
  deps,
}: Exchange): Promise<unknown> {
  authorize(caller, { permission: 'sign' })
  const body = await readJsonBody(request, signSchema, MAX_SIGN_REQUEST_BYTES)
  const reference = readReference('reference' in body ? body.reference : body.artifactReference)
  const repository = repositoryOf(reference)
  const { name } = authorize(caller, { permission: 'sign', keyId: body.keyId, repository })
  if ('reference' in body) {
    const registry = registryOf(reference, deps)
    const descriptor = await registry.resolve(reference)
    const signed = await sign(body, descriptor, deps)
    const { manifestDigest } = await registry.pushSignature({
      repository: reference.repository,
      subject: descriptor,
      mediaType: signed.mediaType,
      envelope: signed.envelope,
      chain: signed.content.chain,
      createdAt: deps.now(),
    })
    deps.audit({
      event: 'sign',
      caller: name,
      keyId: body.keyId,
      repository,
      artifactDigest: descriptor.digest,
      manifestDigest,
    })
    return answer(body, artifactOf(reference, descriptor), signed, manifestDigest)
  }
  const artifact = artifactOf(reference, body.descriptor)
  const signed = await sign(body, body.descriptor, deps)
  deps.audit({
    event: 'sign',
    caller: name,
    keyId: body.keyId,
    repository,
    artifactDigest: body.descriptor.digest,
  })
  return answer(body, artifact, signed, undefined)
}

function sign(body: SignRequest, descriptor: Descriptor, deps: Deps): Promise<SignedArtifact> {
  const { keyId, signatureMediaType, expirySeconds, userMetadata, timestampAuthority } = body
  const { crypto, now } = deps
  return signArtifact(
    {
      descriptor,
      keyId,
      mediaType: signatureMediaType,
      ...(expirySeconds === undefined ? {} : { expirySeconds }),
      ...(userMetadata === undefined ? {} : { userMetadata }),
    },
    {
      signer: signerOf(deps),
      crypto,
      now,
      ...(timestampAuthority === undefined
        ? {}
        : { timestamp: timestampFrom(timestampAuthority, deps) }),
    },
  )
}

/** Asks the configured authority of this name; a URL never comes from a caller. */
function timestampFrom(
  name: string,
  { configuration, fetch, crypto, now }: Deps,
): (hash: HashName, signature: Uint8Array) => Promise<Uint8Array> {
  const authority = configuration.timestampAuthorities.get(name)
  if (authority === undefined) {
    throw new NotationError(
      'request-invalid',
      'Cannot timestamp: "timestampAuthority" is no name of CONFIG setting "timestampAuthorities"',
    )
  }
  const { url, roots } = authority
  return (hash, signature) =>
    fetchTimestamp({ url, roots, hash, signature }, { fetch, crypto, now })
}

function answer(
  body: SignRequest,
  artifact: unknown,
  signed: SignedArtifact,
  manifestDigest: string | undefined,
): unknown {
  return {
    artifact,
    keyId: body.keyId,
    signature: {
      mediaType: signed.mediaType,
      envelope: encodeBase64(signed.envelope),
      ...(manifestDigest === undefined ? {} : { manifestDigest }),
    },
  }
}
