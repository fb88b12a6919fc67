// What is asked about: a reference, or an envelope with the repository that it is said to be for.

/** @import { InspectAnswer } from '../answers.ts' */

/** The server takes no more; a larger file is no envelope. */
const MAX_ENVELOPE_BYTES = 4 * 1024 * 1024
/** Bytes at a time: more arguments than a call takes would fail. */
const CHUNK_BYTES = 8192

/**
 * Reads a file that was dropped or chosen.
 *
 * @param {File} file
 * @returns {Promise<string>} base64
 * @throws {Error} with a sentence for people
 */
export async function readEnvelopeFile(file) {
  if (file.size > MAX_ENVELOPE_BYTES)
    throw new Error(
      `Cannot use the file: it has ${file.size} bytes, an envelope at most ${MAX_ENVELOPE_BYTES}`,
    )
  if (file.size === 0) throw new Error('Cannot use the file: it is empty')
  const bytes = new Uint8Array(await file.arrayBuffer())
  let binary = ''
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES))
  return btoa(binary)
}

/**
 * The body of `POST /v1/verify` for an envelope. The artifact is the one that the envelope names: the verdict is about
 * that digest, which the page therefore shows.
 *
 * @param {string} base64
 * @param {string} reference `host/repository`, or with a digest
 * @param {InspectAnswer['signatures'][number] | undefined} inspected
 * @returns {object}
 * @throws {Error} with a sentence for people
 */
export function questionByEnvelope(base64, reference, inspected) {
  if (inspected === undefined || 'error' in inspected)
    throw new Error('Cannot verify the file: it is no signature envelope that can be read')
  const { mediaType, digest, size } = inspected.signedArtifact
  return {
    artifactReference: referenceWithDigest(reference, digest),
    descriptor: { mediaType, digest, size },
    signature: { mediaType: inspected.signatureEnvelopeType, envelope: base64 },
  }
}

/**
 * @param {string} reference
 * @param {string} digest
 */
function referenceWithDigest(reference, digest) {
  if (reference.includes('@')) return reference
  // A colon before the first slash is a port.
  if (/\/.*:/.test(reference))
    throw new Error(
      'Cannot verify an envelope by a tag: it names its artifact by digest; give the repository alone, or with @sha256:…',
    )
  return `${reference}@${digest}`
}

/**
 * The reference of a link to this page. It stands behind `#`, which browsers send to nobody.
 *
 * @param {string} fragment as `location.hash` has it
 */
export function referenceOfLink(fragment) {
  return new URLSearchParams(fragment.replace(/^#/, '')).get('reference') ?? ''
}

/**
 * The other way round.
 *
 * @param {string} reference
 */
export function linkTo(reference) {
  return `#${new URLSearchParams({ reference })}`
}
