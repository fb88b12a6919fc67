// The signature of a profile that stands in the registry already, whoever put it there.

import { encodeBase64 } from '../../shared/base64.ts'
import { equalBytes } from '../../shared/bytes.ts'
import type { Crypto } from '../../shared/crypto.ts'
import { type Descriptor, sameContent } from '../../shared/descriptor.ts'
import { parseEnvelope } from '../../shared/envelope/envelope.ts'
import { type SignedContent, verifyIntegrity } from '../../shared/envelope/verify-integrity.ts'
import { isNotationError } from '../../shared/errors.ts'
import { MAX_SIGNATURES } from '../../shared/limits.ts'
import type { FetchedEnvelope, Registry } from '../../shared/registry/client.ts'
import { claimedLeafThumbprint } from '../../shared/registry/signature-manifest.ts'
import { addUserMetadata } from '../../shared/sign/user-metadata.ts'
import { isRenewalDue } from './renewal.ts'
import type { ProfileRequest } from './subject-state.ts'

/** What a standing signature must be. */
export interface SoughtSignature {
  /** Of the artifact, as the registry serves it. */
  readonly descriptor: Descriptor
  readonly profile: ProfileRequest
  /** DER of the key's certificate. */
  readonly leaf: Uint8Array
  /** Lower-case hexadecimal. */
  readonly leafSha256: string
  /** Of the signature that stood there when it was last looked for. */
  readonly knownManifestDigest?: string | undefined
}

/** Where it is looked for. */
export interface StandingSignatureDeps {
  readonly registry: Registry
  readonly repository: string
  readonly crypto: Crypto
  readonly now: () => Date
  /** Whether the token of a timestamped signature is one by the profile's authority. */
  readonly isTimestamped: (content: SignedContent, authority: string) => Promise<boolean>
}

/** A signature that was found, verified to be what was sought. */
export interface FoundSignature {
  readonly mediaType: string
  /** Base64. */
  readonly envelope: string
  readonly manifestDigest: string
  readonly content: SignedContent
}

/**
 * Looks for a signature of the profile that is outside its renewal window.
 *
 * A listed signature that claims another leaf certificate is not fetched: a false claim can cost a signature more, and
 * pass for none of ours.
 *
 * @param listed - the manifests that the registry lists for the artifact
 * @throws {NotationError} the registry's codes; a broken signature is none
 */
export async function findStandingSignature(
  sought: SoughtSignature,
  listed: readonly Descriptor[],
  deps: StandingSignatureDeps,
): Promise<FoundSignature | undefined> {
  for (const manifest of candidatesOf(listed, sought)) {
    const fetched = await fetchUnbroken(manifest, deps)
    if (fetched === undefined) continue
    const content = await readContent(fetched, deps.crypto)
    if (content === undefined || !(await isSought(content, sought, deps))) continue
    return {
      mediaType: fetched.mediaType,
      envelope: encodeBase64(fetched.envelope),
      manifestDigest: manifest.digest,
      content,
    }
  }
  return undefined
}

/** The known one first: whoever lists hundreds of others before it must not have the artifact signed again and again. */
function candidatesOf(
  listed: readonly Descriptor[],
  { leafSha256, knownManifestDigest }: SoughtSignature,
): readonly Descriptor[] {
  const isKnown = ({ digest }: Descriptor): boolean => digest === knownManifestDigest
  const known = listed.filter(isKnown)
  const others = listed.filter((manifest) => {
    const claimed = claimedLeafThumbprint(manifest)
    return !isKnown(manifest) && (claimed === undefined || claimed === leafSha256)
  })
  return [...known, ...others].slice(0, MAX_SIGNATURES)
}

async function fetchUnbroken(
  manifest: Descriptor,
  { registry, repository }: StandingSignatureDeps,
): Promise<FetchedEnvelope | undefined> {
  try {
    return await registry.fetchSignatureEnvelope(repository, manifest)
  } catch (cause) {
    if (isNotationError(cause, 'envelope-malformed')) return undefined
    throw cause
  }
}

async function readContent(
  { mediaType, envelope }: FetchedEnvelope,
  crypto: Crypto,
): Promise<SignedContent | undefined> {
  if (mediaType !== 'application/jose+json' && mediaType !== 'application/cose') return undefined
  try {
    return await verifyIntegrity(parseEnvelope(mediaType, envelope), crypto)
  } catch (cause) {
    if (isNotationError(cause)) return undefined
    throw cause
  }
}

async function isSought(
  content: SignedContent,
  { descriptor, profile, leaf }: SoughtSignature,
  { now, isTimestamped }: StandingSignatureDeps,
): Promise<boolean> {
  const { attributes, chain, payload, mediaType } = content
  const signer = chain[0]
  if (signer === undefined || !equalBytes(signer.raw, leaf)) return false
  if (mediaType !== profile.signatureMediaType) return false
  if (!isSameTarget(payload.targetArtifact, descriptor, profile)) return false
  if (!hasLifeOf(attributes, profile, now())) return false
  const { timestampAuthority } = profile
  if (timestampAuthority === undefined) return content.timestampToken === undefined
  return isTimestamped(content, timestampAuthority)
}

function isSameTarget(
  signed: Descriptor,
  descriptor: Descriptor,
  { userMetadata = {} }: ProfileRequest,
): boolean {
  const wanted = addUserMetadata(descriptor, userMetadata).annotations ?? {}
  const found = signed.annotations ?? {}
  return (
    sameContent(signed, descriptor) &&
    Object.keys(found).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([name, value]) => found[name] === value)
  )
}

/** The same span from signing to expiry, and not yet to be renewed. */
function hasLifeOf(
  { signingTime, expiry }: SignedContent['attributes'],
  { expirySeconds = 0 }: ProfileRequest,
  now: Date,
): boolean {
  if (expiry === undefined || signingTime === undefined) {
    return expiry === undefined && expirySeconds === 0
  }
  const isSameSpan = expiry.getTime() - signingTime.getTime() === expirySeconds * 1000
  return isSameSpan && !isRenewalDue(expiry, expirySeconds, now)
}
