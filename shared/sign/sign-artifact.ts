// Signs an artifact: payload, envelope, timestamp, in the order of signing-and-verification-workflow.md
// §Signing Steps. Where the signature is kept is left to the caller.

import { type HashName, type KeySpecEntry, keySpecEntry } from '../algorithm.ts'
import type { Crypto } from '../crypto.ts'
import type { Descriptor } from '../descriptor.ts'
import type { SignedAttributes } from '../envelope/attributes.ts'
import { assembleEnvelope, parseEnvelope } from '../envelope/envelope.ts'
import type { EnvelopeMediaType } from '../envelope/media-type.ts'
import { PAYLOAD_CONTENT_TYPE } from '../envelope/payload.ts'
import {
  encodeSigningInput,
  parseSigningInput,
  type SigningInput,
} from '../envelope/signing-input.ts'
import { type SignedContent, verifyChain, verifyIntegrity } from '../envelope/verify-integrity.ts'
import { isNotationError, NotationError } from '../errors.ts'
import type { Signer, SigningKey } from '../signer.ts'
import { parseCertificate } from '../x509/certificate.ts'
import type { ChainCache } from '../x509/chain-cache.ts'
import { isWithinValidity } from '../x509/requirements.ts'
import { addUserMetadata } from './user-metadata.ts'

/** What to sign, and how. */
export interface SignArtifactRequest {
  /** Resolved by digest; members other than media type, digest, size and annotations are not signed. */
  readonly descriptor: Descriptor
  /** As the signer takes it. */
  readonly keyId: string
  readonly mediaType: EnvelopeMediaType
  /** Whole seconds from the signing time on; left out or 0, the signature does not expire. */
  readonly expirySeconds?: number
  /** Annotations to sign besides the descriptor's own. */
  readonly userMetadata?: Readonly<Record<string, string>>
  /** Unsigned account of what made the envelope; by default this project and its version. */
  readonly signingAgent?: string
}

/** What a chain is checked with. */
export interface ChainDeps {
  readonly crypto: Crypto
  /** Those of keys that signed before are not verified again; without it each is, twice for a signature. */
  readonly chains?: ChainCache | undefined
}

/** What signing needs of the world. */
export interface SignArtifactDeps extends ChainDeps {
  readonly signer: Signer
  readonly now: () => Date
  /** Asks for a timestamp over a signature and verifies it; left out, the envelope has none. */
  readonly timestamp?: (hash: HashName, signature: Uint8Array) => Promise<Uint8Array>
}

/** A signature. */
export interface SignedArtifact {
  readonly mediaType: EnvelopeMediaType
  readonly envelope: Uint8Array
  /** What a verifier reads in the envelope. */
  readonly content: SignedContent
}

/** The version is the package's, as a test keeps it. */
const SIGNING_AGENT = 'notation-digicert-stm/0.1.0'
/** The last that RFC 3339 can write. */
const LAST_YEAR = 9999

/** What is to be signed, and with which kind of key: all that follows from a request, a key and a moment. */
export interface PreparedSignature {
  readonly mediaType: EnvelopeMediaType
  readonly keySpec: KeySpecEntry
  readonly input: SigningInput
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[]
  readonly signingAgent: string
}

/**
 * Signs an artifact with the scheme `notary.x509`.
 *
 * The chain is checked at the signing time before a signature is asked for, which may cost one; the envelope is
 * verified before it is returned.
 *
 * @throws {NotationError} `request-invalid`, `chain-invalid`, `signer-answer-invalid`, and what signer and timestamp throw
 */
export async function signArtifact(
  request: SignArtifactRequest,
  { signer, crypto, now, timestamp, chains }: SignArtifactDeps,
): Promise<SignedArtifact> {
  const { keyId } = request
  const attributes = signedAttributes(wholeSeconds(now()), request.expirySeconds ?? 0)
  const target = addUserMetadata(request.descriptor, request.userMetadata ?? {})
  const key = await signer.describeKey(keyId)
  const prepared = await prepare(request, target, attributes, key, { crypto, chains })
  const signature = await signer.signMessage(keyId, prepared.input.bytes)
  const timestampToken = await timestamp?.(prepared.keySpec.hash, signature)
  return completeSignature(prepared, signature, timestampToken, { crypto, chains })
}

/**
 * Prepares a signature. The same request, key and moment give the same bytes to sign.
 *
 * @param signingTime - fractions of a second are dropped
 * @throws {NotationError} `request-invalid`, `chain-invalid`
 */
export function prepareSignature(
  request: SignArtifactRequest,
  key: SigningKey,
  signingTime: Date,
  deps: ChainDeps,
): Promise<PreparedSignature> {
  const attributes = signedAttributes(wholeSeconds(signingTime), request.expirySeconds ?? 0)
  const target = addUserMetadata(request.descriptor, request.userMetadata ?? {})
  return prepare(request, target, attributes, key, deps)
}

/**
 * Makes the envelope of a signature, and verifies it.
 *
 * @throws {NotationError} `signer-answer-invalid`
 */
export async function completeSignature(
  { mediaType, keySpec, input, chain, signingAgent }: PreparedSignature,
  signature: Uint8Array,
  timestampToken: Uint8Array | undefined,
  deps: ChainDeps,
): Promise<SignedArtifact> {
  const envelope = assembleEnvelope(mediaType, {
    protectedHeader: input.protectedHeader,
    payload: input.payload,
    signature,
    certificates: chain,
    ...(timestampToken === undefined ? {} : { timestampToken }),
    signingAgent,
  })
  const content = await verifyOwnEnvelope(mediaType, envelope, keySpec, deps)
  // The signer answers for it: it is no chain that just anybody could have sent.
  deps.chains?.keep({ chain: content.chain, keySpec })
  return { mediaType, envelope, content }
}

async function prepare(
  { mediaType, signingAgent = SIGNING_AGENT }: SignArtifactRequest,
  targetArtifact: Descriptor,
  attributes: SignedAttributes & { readonly signingTime: Date },
  { keySpec: name, chain }: SigningKey,
  deps: ChainDeps,
): Promise<PreparedSignature> {
  const keySpec = keySpecEntry(name)
  await verifyKeyChain(chain, attributes.signingTime, deps)
  const input = encodeSigningInput(mediaType, { targetArtifact, attributes, keySpec })
  // A descriptor that no verifier would read must not cost a signature.
  parseSigningInput(input.bytes, keySpec)
  return { mediaType, keySpec, input, chain, signingAgent }
}

/** A chain that is known needs to be valid still; what is wrong with one that is not is found in the same way as before. */
async function verifyKeyChain(
  chain: readonly Uint8Array[],
  at: Date,
  { crypto, chains }: ChainDeps,
): Promise<void> {
  const known = chains?.find(chain)?.chain
  if (known?.every((certificate) => isWithinValidity(certificate, at))) return
  await verifyChain(chain.map(parseCertificate), crypto, at)
}

/** @throws {NotationError} `request-invalid` with notation's texts */
function signedAttributes(
  signingTime: Date,
  expirySeconds: number,
): SignedAttributes & { readonly signingTime: Date } {
  if (expirySeconds < 0) throw invalid('expiry duration cannot be a negative value')
  if (!Number.isInteger(expirySeconds))
    throw invalid('expiry duration supports minimum granularity of seconds')
  const expiry = new Date(signingTime.getTime() + expirySeconds * 1000)
  if (Number.isNaN(expiry.getTime()) || expiry.getUTCFullYear() > LAST_YEAR)
    throw invalid(`expiry duration reaches beyond the year ${LAST_YEAR}`)
  return {
    contentType: PAYLOAD_CONTENT_TYPE,
    signingScheme: 'notary.x509',
    signingTime,
    ...(expirySeconds === 0 ? {} : { expiry }),
    extended: [],
  }
}

/** An envelope that does not verify is the signer's fault: everything else in it is ours. */
async function verifyOwnEnvelope(
  mediaType: EnvelopeMediaType,
  envelope: Uint8Array,
  keySpec: KeySpecEntry,
  { crypto, chains }: ChainDeps,
): Promise<SignedContent> {
  try {
    return await verifyIntegrity(parseEnvelope(mediaType, envelope), crypto, chains)
  } catch (cause) {
    if (!isNotationError(cause)) throw cause
    throw new NotationError(
      'signer-answer-invalid',
      `generated signature failed verification: ${cause.message}; wanted ${keySpec.signingAlgorithm} made with the key of the leaf certificate`,
      { cause },
    )
  }
}

function wholeSeconds(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000)
}

function invalid(message: string): NotationError {
  return new NotationError('request-invalid', message)
}
