// POST /v1/verify-blob: the verdict of the trust policy for blobs on a blob and its detached signature. The
// caller sends the blob, or only its digests and size.

import { z } from 'zod'
import type { Crypto } from '../shared/crypto.ts'
import { digestOf } from '../shared/digest.ts'
import { NotationError } from '../shared/errors.ts'
import { type BlobToVerify, verifyBlob } from '../shared/verify/verify-blob.ts'
import { mayAnyoneVerifyEnvelopes } from './anonymous-access.ts'
import { descriptorSchema, userMetadataSchema } from './artifact-schema.ts'
import { authorize } from './callers.ts'
import { withRoom } from './capacity.ts'
import type { Exchange } from './exchange.ts'
import { decodeMember, givenSignatureSchema } from './given-signature.ts'
import { MAX_BLOB_BYTES, MAX_VERIFY_BLOB_REQUEST_BYTES } from './limits.ts'
import { readJsonBody } from './request-body.ts'
import { trustBundleOf } from './trust-bundle.ts'

/** The hashes of the six key specs. */
const HASHES = ['SHA-256', 'SHA-384', 'SHA-512'] as const

const {
  digest: digestSchema,
  size: sizeSchema,
  mediaType: mediaTypeSchema,
} = descriptorSchema.shape
const describedBlobSchema = z.strictObject({
  digests: z
    .array(digestSchema)
    .min(1)
    .max(HASHES.length)
    .refine(hasOneOfEach, 'must hold one digest of a kind: sha256, sha384, sha512'),
  size: sizeSchema,
})
/** Body of `POST /v1/verify-blob`. */
export const verifyBlobSchema = z.strictObject({
  blob: z.union([describedBlobSchema, z.strictObject({ content: z.string() })]),
  signature: givenSignatureSchema,
  policyName: z.string().regex(/\S/).max(255).optional(),
  mediaType: mediaTypeSchema.optional(),
  userMetadata: userMetadataSchema.optional(),
})

/** `POST /v1/verify-blob`. */
export async function verifyGivenBlob(exchange: Exchange): Promise<object> {
  const { request, caller, deps, note } = exchange
  if (!mayAnyoneVerifyEnvelopes(deps)) authorize(caller, { permission: 'verify' })
  const body = await readJsonBody(request, verifyBlobSchema, MAX_VERIFY_BLOB_REQUEST_BYTES)
  const bundle = trustBundleOf(deps)
  note({ bundleDigest: bundle.digest })
  const { crypto } = deps
  const dependencies = {
    bundle,
    chains: deps.chains,
    crypto,
    now: deps.now(),
    revocation: deps.createRevocationChecker(),
  }
  const verdict = await withRoom('verify', deps, async () =>
    verifyBlob(await toBlob(body, crypto), dependencies),
  )
  const { verified, code, artifact } = verdict
  note({ artifactDigest: artifact.descriptor?.digest, verified, reason: code })
  return verdict
}

async function toBlob(
  { blob, signature, policyName, mediaType, userMetadata }: z.output<typeof verifyBlobSchema>,
  crypto: Crypto,
): Promise<BlobToVerify> {
  const { mediaType: envelopeType } = signature
  return {
    ...('content' in blob ? await describe(blob.content, crypto) : blob),
    signature: {
      ...(envelopeType === undefined ? {} : { mediaType: envelopeType }),
      envelope: decodeMember(signature.envelope, 'envelope'),
    },
    ...(policyName === undefined ? {} : { policyName }),
    ...(mediaType === undefined ? {} : { mediaType }),
    ...(userMetadata === undefined ? {} : { userMetadata }),
  }
}

async function describe(
  text: string,
  crypto: Crypto,
): Promise<Pick<BlobToVerify, 'digests' | 'size'>> {
  const content = decodeMember(text, 'content')
  if (content.length > MAX_BLOB_BYTES)
    throw new NotationError(
      'request-too-large',
      `Cannot verify the blob: it has more than ${MAX_BLOB_BYTES} bytes; send its "digests" and "size" instead`,
    )
  const digests = await Promise.all(HASHES.map((hash) => digestOf(hash, content, crypto)))
  return { digests, size: content.length }
}

function hasOneOfEach(digests: readonly string[]): boolean {
  return new Set(digests.map((digest) => digest.split(':')[0])).size === digests.length
}
