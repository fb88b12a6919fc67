// The verdict on a blob by its detached signature: which statement of the trust policy for blobs decides,
// and whether the signature satisfies it. The blob itself is not needed, its digests are.

import type { HashName } from '../algorithm.ts'
import type { Descriptor } from '../descriptor.ts'
import { parseDigest } from '../digest.ts'
import { envelopeFormat, parseEnvelope } from '../envelope/envelope.ts'
import { parsePayload } from '../envelope/payload.ts'
import { recognisedMediaType } from '../envelope/recognised-media-type.ts'
import { isNotationError, NotationError } from '../errors.ts'
import type { BlobTrustPolicyDocument } from '../policy/blob-document.ts'
import { selectBlobStatement } from '../policy/blob-select.ts'
import type { TrustBundle } from '../policy/trust-bundle.ts'
import type { SignatureInput } from './integrity.ts'
import { type ArtifactVerdict, findInconclusive, type SignatureVerdict } from './outcome.ts'
import type { VerificationDependencies } from './verify-artifact.ts'
import { verifySignature } from './verify-signature.ts'

/** What is to be verified. */
export interface BlobToVerify {
  /**
   * Digests of the blob, one for each hash at most. The signing key decides which one a signature holds: whoever does
   * not know the key gives sha256, sha384 and sha512.
   */
  readonly digests: readonly string[]
  /** Bytes. */
  readonly size: number
  /** That the signature must be for; left out, any. */
  readonly mediaType?: string
  /** The media type of the envelope is recognised where it is left out. */
  readonly signature: { readonly mediaType?: string; readonly envelope: Uint8Array }
  /** Names the statement that decides; left out, the global one does. */
  readonly policyName?: string
  /** Pairs that the signature must carry among its annotations. */
  readonly userMetadata?: Readonly<Record<string, string>>
}

/** The verdict on a blob: a value also where it is a rejection. */
export interface BlobVerdict extends Omit<ArtifactVerdict, 'artifact'> {
  /** What was signed, media type included; only where the signature is verified. */
  readonly artifact: { readonly descriptor?: Descriptor }
  /** The one signature, or none where no signature decides. */
  readonly signatures: readonly SignatureVerdict[]
}

/**
 * Verifies the signature of a blob by the trust policy for blobs.
 *
 * @throws {NotationError} `policy-invalid` without such a policy; `request-invalid` for a blank policy name, and where the
 *   digest that the signature holds is not given; `check-unsupported` where the signature is not verified and the policy
 *   enforces a check that this version cannot perform
 * @see signing-and-verification-workflow.md, of arbitrary blobs
 */
export async function verifyBlob(
  blob: BlobToVerify,
  dependencies: VerificationDependencies,
): Promise<BlobVerdict> {
  const { bundle } = dependencies
  const selection = selectBlobStatement(blobPolicyOf(bundle), blob.policyName)
  if (selection.statement === undefined) {
    const { message } = selection
    const policy = { bundleDigest: bundle.digest }
    return {
      verified: false,
      code: 'statement-missing',
      message,
      artifact: {},
      policy,
      signatures: [],
    }
  }
  const { statement } = selection
  const level = statement.signatureVerification.level.name
  const policy = { statement: statement.name, level, bundleDigest: bundle.digest }
  if (level === 'skip') return { verified: true, artifact: {}, policy, signatures: [] }
  const signature = recognised(blob.signature)
  const descriptor = expectedDescriptor(blob, signature)
  const { userMetadata = {} } = blob
  const context = { ...dependencies, descriptor, userMetadata, statement }
  const verdict = inWordsOfBlobs(await verifySignature(signature, context))
  if (verdict.verified)
    return { verified: true, artifact: { descriptor }, policy, signatures: [verdict] }
  refuseInconclusive(verdict)
  return {
    verified: false,
    code: 'signatures-rejected',
    message: 'provided signature verification failed against the blob',
    artifact: {},
    policy,
    signatures: [verdict],
  }
}

function blobPolicyOf({ blobTrustPolicy }: TrustBundle): BlobTrustPolicyDocument {
  if (blobTrustPolicy !== undefined) return blobTrustPolicy
  throw new NotationError(
    'policy-invalid',
    'Cannot verify the blob: the trust bundle has no "blobTrustPolicy"; write notation\'s trustpolicy.blob.json',
  )
}

function recognised({ mediaType, envelope }: BlobToVerify['signature']): SignatureInput {
  return { mediaType: mediaType ?? recognisedMediaType(envelope), envelope }
}

/**
 * The descriptor that the signature has to be for.
 *
 * Nothing is proven yet: what the envelope says only picks one of the blob's digests, and stands in for a media type
 * that nobody asks for.
 */
function expectedDescriptor(blob: BlobToVerify, signature: SignatureInput): Descriptor {
  const { digests, size } = blob
  const claims = readClaims(signature)
  // No integrity check passes for an envelope that cannot be read, whatever is expected of it.
  if (claims === undefined) return { mediaType: '', digest: '', size }
  const digest = digests.find((candidate) => parseDigest(candidate).hash === claims.hash)
  if (digest !== undefined) return { mediaType: blob.mediaType ?? claims.mediaType, digest, size }
  throw new NotationError(
    'request-invalid',
    `Cannot verify the blob: its signature holds a digest of ${claims.hash}, and none of that kind was given; give sha256, sha384 and sha512`,
  )
}

/** Which hash goes with the signing key, and the signed media type; undefined for what cannot be read. */
function readClaims({
  mediaType,
  envelope,
}: SignatureInput): { readonly hash: HashName; readonly mediaType: string } | undefined {
  try {
    const parts = parseEnvelope(mediaType, envelope)
    const { algorithm, attributes } = envelopeFormat(parts.mediaType).parseHeader(
      parts.protectedHeader,
    )
    const { targetArtifact } = parsePayload(attributes.contentType, parts.payload)
    return { hash: algorithm.hash, mediaType: targetArtifact.mediaType }
  } catch (error) {
    if (isNotationError(error, 'envelope-malformed')) return undefined
    throw error
  }
}

/** notation's sentence for a signature of something else. */
function inWordsOfBlobs(verdict: SignatureVerdict): SignatureVerdict {
  const message = 'integrity check failed. signature does not match the given blob'
  const checks = verdict.checks.map((check) =>
    check.code === 'artifact-mismatch' ? { ...check, message } : check,
  )
  return { ...verdict, checks }
}

/** Neither verified nor rejected: had the check been made, it might have passed. */
function refuseInconclusive(verdict: SignatureVerdict): void {
  const check = findInconclusive(verdict)
  if (check !== undefined) throw new NotationError('check-unsupported', check.message ?? '')
}
