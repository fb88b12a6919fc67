// From a key to an envelope: signature, timestamp, assembly. What is paid for is stored as soon as it is there.

import { decodeBase64, encodeBase64 } from '../../shared/base64.ts'
import { parseEnvelope } from '../../shared/envelope/envelope.ts'
import { verifyIntegrity } from '../../shared/envelope/verify-integrity.ts'
import {
  completeSignature,
  type PreparedSignature,
  prepareSignature,
  type SignedArtifact,
} from '../../shared/sign/sign-artifact.ts'
import type { SigningKey } from '../../shared/signer.ts'
import { toNotationError } from '../problem.ts'
import { type Entry, entryOf, saveEntry, type Work, withoutReason } from './profile-work.ts'
import { isRenewalDue } from './renewal.ts'
import { signerOf, timestampOf } from './signing-world.ts'
import { mayHaveSpent, receiveOne, spendOne } from './spent-signatures.ts'
import type { SigningProgress } from './subject-state.ts'

/** A key and the certificate that speaks for it. */
export interface DescribedKey {
  readonly key: SigningKey
  /** Lower-case hexadecimal. */
  readonly leafSha256: string
}

/** An envelope and the moment that it names. */
export interface MadeEnvelope {
  readonly signed: SignedArtifact
  readonly signingTime: Date
}

/** What is stored is of use for the same certificate, and as long as what would come of it need not be renewed. */
export function usableProgress(
  { progress, profile }: Entry,
  leafSha256: string,
  now: Date,
): SigningProgress | undefined {
  if (progress?.signature === undefined || progress.leafSha256 !== leafSha256) return undefined
  const { expirySeconds = 0 } = profile
  if (expirySeconds === 0) return progress
  const expiresAt = new Date(Date.parse(progress.signingTime) + expirySeconds * 1000)
  return isRenewalDue(expiresAt, expirySeconds, now) ? undefined : progress
}

/**
 * Makes the envelope, from what is stored on.
 *
 * @param stored - with a signature of this key
 * @throws {NotationError} what signer, timestamp and completeSignature throw
 */
export async function makeEnvelope(
  { key, leafSha256 }: DescribedKey,
  stored: SigningProgress | undefined,
  work: Work,
): Promise<MadeEnvelope> {
  const { world, order } = work
  const signingTime = stored === undefined ? world.now() : new Date(stored.signingTime)
  const prepared = await prepare(key, signingTime, work)
  const begun = { leafSha256, signingTime: signingTime.toISOString() }
  if (stored?.envelope !== undefined)
    return { signed: await readStored(prepared, stored.envelope, work), signingTime }
  const signature =
    stored?.signature === undefined
      ? await makeSignature(prepared, begun, work)
      : decodeBase64(stored.signature)
  const { timestampAuthority } = order.profile
  const timestampToken =
    timestampAuthority === undefined
      ? undefined
      : await timestampOf(timestampAuthority, world)(prepared.keySpec.hash, signature)
  const signed = await completeSignature(prepared, signature, timestampToken, world.deps)
  const envelope = encodeBase64(signed.envelope)
  const progress = { ...begun, signature: encodeBase64(signature), envelope }
  const entry = withoutReason(entryOf(work))
  const spending = receiveOne(entry.spending)
  await saveEntry(work, { ...entry, state: 'SIGNING', spending, progress })
  return { signed, signingTime }
}

function prepare(
  key: SigningKey,
  signingTime: Date,
  { order: { profile }, target: { descriptor }, world }: Work,
): Promise<PreparedSignature> {
  const { keyId, signatureMediaType: mediaType, expirySeconds, userMetadata } = profile
  const request = {
    descriptor,
    keyId,
    mediaType,
    ...(expirySeconds === undefined ? {} : { expirySeconds }),
    ...(userMetadata === undefined ? {} : { userMetadata }),
  }
  return prepareSignature(request, key, signingTime, world.deps)
}

/** Counted before it is asked for, because it may be spent though no answer comes. */
async function makeSignature(
  { input }: PreparedSignature,
  begun: SigningProgress,
  work: Work,
): Promise<Uint8Array> {
  const { order, world, note } = work
  const { progress: _, ...entry } = withoutReason(entryOf(work))
  const signRequests = entry.signRequests + 1
  const askToSign = async (): Promise<Uint8Array> =>
    signerOf(world, note).signMessage(order.profile.keyId, input.bytes)
  const asked = { ...entry, state: 'SIGNING', signRequests } as const
  await saveEntry(work, { ...asked, spending: spendOne(entry.spending) })
  const signature = await askToSign().catch(async (cause: unknown) => {
    if (!mayHaveSpent(toNotationError(cause))) await saveEntry(work, asked)
    throw cause
  })
  // Without a timestamp the envelope follows at once, and is stored with it.
  if (order.profile.timestampAuthority !== undefined) {
    const progress = { ...begun, signature: encodeBase64(signature) }
    const spending = receiveOne(spendOne(entry.spending))
    await saveEntry(work, { ...asked, spending, progress })
  }
  return signature
}

async function readStored(
  { mediaType }: PreparedSignature,
  stored: string,
  { world }: Work,
): Promise<SignedArtifact> {
  const envelope = decodeBase64(stored)
  const content = await verifyIntegrity(parseEnvelope(mediaType, envelope), world.crypto)
  return { mediaType, envelope, content }
}
